"""Work in the background: what it says, what comes of it, and what a fault of it is called."""

import threading

from dashboard.jobs import FAULT, KEPT, Jobs
from pipelines.errors import NotReady


def test_a_job_says_how_far_it_is_and_what_came_of_it():
    jobs, go_on = Jobs(), threading.Event()

    def work(say):
        say("half way")
        go_on.wait(10)
        return "done"

    job = jobs.start("load", "Loading", work)
    while not job.said:
        pass
    assert (job.done, job.said, job.result) == (False, "half way", None)
    assert jobs.told("load") == [job] and jobs.told("withdraw") == []
    go_on.set()
    assert job.ended.wait(10)
    assert (job.result, job.error) == ("done", None)
    assert jobs.told("load") == [job], "it is told until it is put away"
    jobs.put_away(job)
    assert jobs.told("load") == []


def test_what_a_person_can_mend_is_said_and_a_fault_is_logged(caplog):
    def not_ready(say):
        raise NotReady("It changed while it was read.")

    def fault(say):
        raise ZeroDivisionError

    jobs = Jobs()
    for work, said in ((not_ready, "It changed while it was read."), (fault, FAULT)):
        job = jobs.start("load", "Loading", work)
        assert job.ended.wait(10)
        assert job.error == said
    assert [record.exc_info[0] for record in caplog.records] == [ZeroDivisionError]


def test_only_the_last_finished_jobs_are_kept():
    jobs = Jobs()
    for number in range(KEPT + 3):
        jobs.start("load", str(number), lambda say: None).ended.wait(10)
    assert [job.title for job in jobs.told("load")][:2] == ["2", "3"]
