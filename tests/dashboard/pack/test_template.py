"""Templates of packs: one file each, of which one that is wrong stops itself alone."""

import pytest

from dashboard.metric import read_metrics
from dashboard.pack.template import template, templates
from dashboard.reading import Unknown
from pipelines.errors import NotReady

OWN = 'title = "Ours"\ngrain = "month"\n[[sections]]\ntitle = "Few"\nmetrics = ["downtime"]\n'


def own(folder, **files: str):
    (folder / "templates").mkdir()
    for name, text in files.items():
        (folder / "templates" / f"{name}.toml").write_text(text, "utf-8")
    return folder


def test_the_templates_that_come_with_it_name_only_metrics_that_there_are(tmp_path):
    every, wrong = templates(tmp_path)
    assert {"audit", "board", "monthly"} <= every.keys() and not wrong
    named = {name for one in every.values() for section in one.sections for name in section.metrics}
    assert named <= read_metrics().keys()


def test_one_of_your_own_stands_beside_ours_or_takes_the_place_of_one(tmp_path):
    data = own(tmp_path, ours=OWN, monthly=OWN)
    assert (template("ours", data).name, template("ours", data).grain) == ("ours", "month")
    assert template("monthly", data).title == "Ours" and template("board", data).title == "Board quarterly"
    with pytest.raises(Unknown, match="There is no template 'theirs', only audit, board, monthly, ours"):
        template("theirs", data)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('title = "Ours\n', "Illegal character"),
        (OWN.replace("month", "week"), "grain: String should match"),
        (OWN + "more = 1\n", "sections.0.more: Extra inputs"),
        ('title = "Ours"\nname = "x"\n', "multiple values for keyword argument 'name'"),
        ('title = "Ours"\nsections = []\n', "sections: Tuple should have at least 1 item"),
    ],
)
def test_one_that_is_wrong_is_named_and_keeps_no_other_from_being_used(tmp_path, text, said):
    data = own(tmp_path, wrong=text, ours=OWN)
    every, wrong = templates(data)
    assert {"board", "ours"} <= every.keys() and "wrong" not in every
    assert len(wrong) == 1 and "wrong.toml: " in wrong[0] and said in wrong[0]
    assert template("board", data).title == "Board quarterly"
    with pytest.raises(NotReady, match="Mend it"):
        template("wrong", data)
