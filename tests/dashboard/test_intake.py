"""An upload: who made it, and what is said of it afterwards."""

from dashboard.intake import signed, told
from pipelines.warehouse import Outcome


def test_a_typed_name_is_recorded_as_unverified():
    assert signed("  Ada   Lovelace ") == "Ada Lovelace (unverified)"
    assert signed("  ") is None


def test_refused_cells_are_told_beside_refused_rows():
    done = Outcome("x.csv", load=3, rows_read=6, accepted=4, rejected=2, cells_refused=3)
    assert "of 6 rows read, 4 were accepted and 2 refused. Cells refused in rows that were kept: 3." in told(
        done
    )
    assert "Cells" not in told(Outcome("x.csv", load=3, rows_read=6, accepted=6))
