"""`iamctl simulate` as programs use it: files, pipes, coprocesses, several processes."""

import json
import os
import random
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.terminal import at_terminal

COMMAND = [sys.executable, "-P", "-m", "iamctl", "simulate"]
CASES = Path(__file__).parent.parent / "cases" / "decisions.jsonl"
SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))
ALICE = "arn:aws:iam::111122223333:user/alice"
JOBS = ("1", "3")


def case(number, action="s3:GetObject", **fields):
    allow = {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*", "Sid": f"S{number % 7}"}
    document = {"Version": "2012-10-17", "Statement": [allow]}
    whole = {"id": number, "principal": ALICE, "action": action, "identity_policies": [document]}
    return json.dumps({**whole, **fields})


def lines_of(text):
    return [json.loads(line) for line in text.splitlines()]


def started(home, *arguments, **streams):
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, **streams}
    return subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=home.folder,
        env=home.environment,
        stderr=subprocess.PIPE,
        start_new_session=True,
        bufsize=0,
        **streams,
    )


def children(pid):
    path = Path(f"/proc/{pid}/task/{pid}/children")
    if not path.exists():
        pytest.skip("there is no /proc that tells")
    return [int(child) for child in path.read_text().split()]


def gone(pid):
    """Whether a process has ended, within some seconds."""
    for _ in range(200):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


def read_line(process):
    assert select.select([process.stdout], [], [], 30)[0], "no answer came"
    line = process.stdout.readline()
    assert line, (process.wait(30), process.stderr.read())
    return json.loads(line)


class TestInput:
    def test_a_file_and_standard_input_give_the_same(self, home, iamctl):
        text = "".join(case(n) + "\n" for n in range(3))
        (home.folder / "cases.jsonl").write_text(text)
        told = iamctl("simulate", "cases.jsonl", code=0).stdout
        assert [one["id"] for one in lines_of(told)] == [0, 1, 2]
        assert iamctl("simulate", input=text, code=0).stdout == told
        assert iamctl("simulate", "-", input=text, code=0).stdout == told
        assert iamctl("simulate", "-o", "jsonl", input=text, code=0).stdout == told

    def test_no_line_end_at_the_end(self, iamctl):
        assert len(lines_of(iamctl("simulate", input=case(1), code=0).stdout)) == 1

    @pytest.mark.parametrize("jobs", JOBS)
    def test_nothing(self, iamctl, jobs):
        for text in ("", "\n", " \n\r\n"):
            done = iamctl("simulate", "--jobs", jobs, input=text, code=0)
            assert (done.stdout, done.stderr) == ("", "")

    def test_a_missing_file(self, iamctl):
        assert (
            "there is no file nowhere.jsonl" in iamctl("simulate", "nowhere.jsonl", code=4).stderr
        )

    def test_a_folder(self, iamctl):
        iamctl("simulate", ".", code=8)

    def test_no_directory_vault_or_settings_are_read(self, home, iamctl):
        home.file.write_text("users: [\n")
        settings = Path(home.environment["XDG_CONFIG_HOME"]) / "iamctl"
        settings.mkdir(parents=True, mode=0o700)
        (settings / "settings.toml").write_text("aliases = 3\n")
        env = {"IAMCTL_VAULT": "nonsense", "IAMCTL_DIRECTORY": "/nowhere"}
        assert lines_of(iamctl("simulate", input=case(1), env=env, code=0).stdout)

    def test_a_person_is_told_what_is_waited_for(self, home):
        (home.folder / "run").mkdir()
        code, screen = at_terminal(home, ["simulate"], [("one a line", case(1) + "\n\x04")])
        assert code == 0
        assert '"decision": "allowed"' in screen


class TestOptions:
    @pytest.mark.parametrize("jobs", ["0", "-1", "x", "", "257", "0001000", "9" * 5000, "1.5", "²"])
    def test_jobs_that_are_no_number(self, iamctl, jobs):
        assert "no number of processes" in iamctl("simulate", f"--jobs={jobs}", code=2).stderr

    def test_a_form_that_there_is_not(self, iamctl):
        iamctl("simulate", "-o", "table", code=2)

    @pytest.mark.parametrize("jobs", JOBS)
    def test_fill(self, iamctl, jobs):
        statement = {
            "Effect": "Allow",
            "Action": "*",
            "Resource": "*",
            "Condition": {"DateGreaterThan": {"aws:CurrentTime": "2024-01-01"}},
        }
        line = case(1, identity_policies=[{"Version": "2012-10-17", "Statement": statement}])
        plain = iamctl("simulate", "--jobs", jobs, input=line, code=0).stdout
        filled = iamctl("simulate", "--fill", "--jobs", jobs, input=line, code=0).stdout
        assert lines_of(plain)[0]["decision"] == "implicitDeny"
        assert lines_of(filled)[0]["decision"] == "allowed"


def test_the_case_that_help_shows_is_answered(iamctl):
    text = iamctl("simulate", "--help", code=0).stdout
    shown = text[text.index("  {") : text.index("]}]}") + 4]
    (answered,) = lines_of(iamctl("simulate", input=" ".join(shown.split("\n")), code=0).stdout)
    assert (answered["id"], answered["decision"]) == (1, "allowed")


class TestBadCases:
    @pytest.mark.parametrize("jobs", JOBS)
    def test_the_rest_is_answered_and_the_exit_code_is_1(self, iamctl, jobs):
        lines = [case(1), "nope", "", case(2, acton="x"), case(3, action="sqs:SendMessage")]
        done = iamctl("simulate", "--jobs", jobs, input="\n".join(lines), code=1)
        told = lines_of(done.stdout)
        assert [one["id"] for one in told] == [1, None, 2, 3]
        assert [one["decision"] for one in told] == ["allowed", "error", "error", "implicitDeny"]
        assert told[1]["reason"].startswith("line 2: ")
        assert done.stderr == ""

    def test_denials_are_answers(self, iamctl):
        iamctl("simulate", input=case(1, action="sqs:SendMessage"), code=0)

    @pytest.mark.parametrize("jobs", JOBS)
    def test_a_line_too_long_is_an_error_alone(self, home, jobs):
        text = f"{case(1)}\n{'x' * 25_000_000}\n{case(2)}\n{'y' * 11_000_000}"
        with started(home, "--jobs", jobs) as process:
            out, err = process.communicate(text.encode(), timeout=60)
        assert (process.returncode, err) == (1, b"")
        told = lines_of(out.decode())
        assert [one["decision"] for one in told] == ["allowed", "error", "allowed", "error"]
        assert told[1]["reason"] == "line 2: this is longer than 10000000 bytes"
        assert told[3]["reason"] == "line 4: this is longer than 10000000 bytes"

    def test_any_bytes(self, home):
        draw = random.Random(5)
        for _ in range(3 * SCALE):
            data = draw.randbytes(draw.randrange(100_000))
            sound = data + b"\n" + case(1).encode()
            with started(home, "--jobs", draw.choice(JOBS)) as process:
                out, err = process.communicate(sound, timeout=60)
            assert (process.returncode, err) == (1, b"")
            *bad, last = lines_of(out.decode())
            assert {one["decision"] for one in bad} == {"error"}
            assert last["decision"] == "allowed"
            assert len(bad) == sum(not line.isspace() for line in data.split(b"\n") if line)


class TestOrder:
    def random_cases(self, count, seed=1):
        draw = random.Random(seed)
        for number in range(count):
            kind = draw.randrange(12)
            if kind == 0:
                yield draw.choice(["nope", "", "{}", "[1", case(number, zzz=1)])
            elif kind == 1:
                yield case(number, id="x" * draw.randrange(30_000))
            else:
                yield case(number, action=draw.choice(["s3:GetObject", "s3:PutObject", "a:B"]))

    @pytest.mark.parametrize("jobs", ["2", "3", "7"])
    def test_several_processes_answer_as_one(self, home, iamctl, jobs):
        path = home.folder / "cases.jsonl"
        path.write_text("\n".join(self.random_cases(2000 * SCALE, seed=int(jobs))))
        alone = iamctl("simulate", "cases.jsonl", code=1)
        assert len(lines_of(alone.stdout)) > 1500
        together = iamctl("simulate", "--jobs", jobs, "cases.jsonl", code=1)
        assert together.stdout == alone.stdout
        piped = iamctl("simulate", "--jobs", jobs, input=path.read_text(), code=1)
        assert piped.stdout == alone.stdout


class TestStream:
    @pytest.mark.parametrize("jobs", JOBS)
    def test_a_coprocess_gets_each_answer(self, home, jobs):
        with started(home, "--jobs", jobs) as process:
            for number in range(5):
                process.stdin.write(case(number).encode() + b"\n")
                process.stdin.flush()
                assert read_line(process)["id"] == number
            process.stdin.write(case(5).encode()[:20])
            process.stdin.flush()
            process.stdin.write(case(5).encode()[20:] + b"\n" + case(6).encode() + b"\n")
            process.stdin.flush()
            assert [read_line(process)["id"] for _ in range(2)] == [5, 6]
            process.stdin.close()
            assert process.wait(30) == 0

    @pytest.mark.parametrize("jobs", JOBS)
    def test_a_reader_that_goes_away(self, home, jobs):
        with started(home, "--jobs", jobs) as process:
            process.stdin.write(case(1).encode() + b"\n")
            process.stdin.flush()
            assert read_line(process)["id"] == 1
            workers = children(process.pid)
            process.stdout.close()
            process.stdin.write(case(2).encode() + b"\n")
            process.stdin.flush()
            assert process.wait(30) == 141
            assert process.stderr.read() == b""
            assert all(gone(worker) for worker in workers)

    @pytest.mark.parametrize("jobs", JOBS)
    def test_ctrl_c(self, home, jobs):
        with started(home, "--jobs", jobs) as process:
            process.stdin.write(case(1).encode() + b"\n")
            process.stdin.flush()
            assert read_line(process)["id"] == 1
            workers = children(process.pid)
            assert len(workers) == (0 if jobs == "1" else 3)
            os.killpg(process.pid, signal.SIGINT)
            assert process.wait(30) == 130
            assert process.stderr.read() == b"error: interrupted\n"
            assert all(gone(worker) for worker in workers)

    def test_workers_do_not_outlive_their_parent(self, home):
        with started(home, "--jobs", "3") as process:
            process.stdin.write(case(1).encode() + b"\n")
            process.stdin.flush()
            assert read_line(process)["id"] == 1
            workers = children(process.pid)
            assert len(workers) == 3
            process.kill()
            assert process.wait(30) == -signal.SIGKILL
            assert all(gone(worker) for worker in workers)

    def test_a_worker_that_is_killed_is_said(self, home):
        with started(home, "--jobs", "2") as process:
            process.stdin.write(case(1).encode() + b"\n")
            process.stdin.flush()
            assert read_line(process)["id"] == 1
            for worker in children(process.pid):
                os.kill(worker, signal.SIGKILL)
                assert gone(worker)
            process.stdin.write(case(2).encode() + b"\n")
            process.stdin.flush()
            assert process.wait(30) == 8
            assert b"a worker process ended" in process.stderr.read()

    def test_a_full_disk(self, home):
        if not Path("/dev/full").exists():
            pytest.skip("there is no /dev/full")
        for jobs in JOBS:
            with open("/dev/full", "wb") as full, started(home, "-j", jobs, stdout=full) as process:
                _, err = process.communicate(case(1).encode(), timeout=60)
            assert process.returncode == 8
            assert b"No space left" in err

    @pytest.mark.slow
    @pytest.mark.parametrize("jobs", JOBS)
    def test_memory_does_not_grow_with_the_input(self, home, jobs):
        """Ever new documents, actions, principals and statements, megabytes of them."""

        def peak(count):
            path = home.folder / "cases.jsonl"
            with open(path, "w") as file:
                for n in range(count):
                    name = f"arn:aws:iam::111122223333:user/u{n}"
                    statement = {"Effect": "Allow", "Action": f"s3:A{n}", "Resource": "*"}
                    document = {"Version": "2012-10-17", "Statement": [statement] * 3}
                    line = case(n, f"s3:A{n}", identity_policies=[document], principal=name)
                    file.write(line + "\n")
            with open(path, "rb") as cases, started(home, "-j", jobs, stdin=cases) as process:
                for _ in process.stdout:
                    pass
                _, status, usage = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
            assert process.returncode == 0
            return usage.ru_maxrss

        few = peak(6_000)
        many = peak(18_000 * SCALE)
        assert many < few * 1.3


def expressible(row):
    """A row of the tables as a case, None where a case cannot say it."""
    principal, facts = row["principal"], row.get("caller", {})
    if facts.get("type") == "Service" and len(facts["services"]) == 1:
        principal = facts["services"][0]
    elif facts.get("type") == "Federated":
        principal = facts["issuer"]
    elif facts:
        return None
    fields = ("id", "action", "resource", "resource_account", "context", "identity_policies",
              "boundary", "session_policies", "resource_policy", "scps", "rcps")  # fmt: skip
    made = {name: row[name] for name in fields if name in row}
    if "trust" in row:
        made["resource_policy"] = row["trust"]
    return {**made, "principal": principal}


def test_the_rows_of_the_tables(iamctl):
    rows = {row["id"]: row for row in lines_of(CASES.read_text("utf-8"))}
    cases = [made for row in rows.values() if (made := expressible(row)) is not None]
    assert len(cases) > 220
    text = "".join(json.dumps(one) + "\n" for one in cases)
    done = iamctl("simulate", input=text)
    told = lines_of(done.stdout)
    assert [one["id"] for one in told] == [one["id"] for one in cases]
    wrong = [one for one in told if one["decision"] != rows[one["id"]]["expect"]]
    assert wrong == []
    assert done.returncode == 0
    for one in told:
        lacking = rows[one["id"]].get("lacking")
        if lacking and one["decision"] == "explicitDeny":
            assert lacking in [statement["layer"] for statement in one["statements"]]
