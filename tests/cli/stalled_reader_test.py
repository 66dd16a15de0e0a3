"""A reader that stops reading must not hold up what is watched, and must not lose anything."""
import fcntl
import json
import os
import signal
import time

import support

F_SETPIPE_SZ = 1031
CALLS = 250


class StalledReader(support.Case):
    def test_the_target_runs_on_and_intervals_are_merged(self):
        read_end, write_end = os.pipe()
        fcntl.fcntl(write_end, F_SETPIPE_SZ, 4096)
        mark = self.path("mark")
        # 5 ms apart, so that they span many intervals.
        script = f"i=0; while [ $i -lt {CALLS} ]; do sleep 0.005; i=$((i+1)); done; touch {mark}; sleep 0.2"
        # 20 ms, JSON, every process on its own: far more than the pipe and the buffers before it hold.
        process = support.start("latency", "-b", support.BACKEND, "-f", "json", "-o", "-", "-i", "20ms", "--by", "process", "--", "sh", "-c", script,
                                stdout=write_end)
        os.close(write_end)
        support.wait_until(lambda: os.path.exists(mark), "the command gets to its end although nobody reads")
        time.sleep(0.5)
        data = b""
        while piece := os.read(read_end, 65536):
            data += piece
        os.close(read_end)
        status, _, err = self.reap(process)
        self.assertEqual(status, 0, err)
        reports = [json.loads(line) for line in data.splitlines()]
        intervals, final = reports[:-1], reports[-1]
        self.assertIsNone(final["interval"])
        self.assertGreater(max(r["interval"]["merged"] for r in intervals), 1)
        self.assertEqual(intervals[-1]["interval"]["index"], sum(r["interval"]["merged"] for r in intervals))
        for earlier, later in zip(intervals, intervals[1:]):
            self.assertEqual(earlier["interval"]["end_ns"], later["interval"]["start_ns"])

        def total(report):
            return sum(row["count"] for row in report["syscalls"])

        self.assertGreaterEqual(sum(r["count"] for r in final["syscalls"] if "nanosleep" in r["name"]), CALLS)
        self.assertLessEqual(sum(map(total, intervals)), total(final))
        self.assertGreater(sum(map(total, intervals)), total(final) // 2)
        self.assertTrue(final["complete"], final["ledger"])

    def test_a_signal_ends_the_capture_of_a_stalled_reader(self):
        read_end, write_end = os.pipe()
        fcntl.fcntl(write_end, F_SETPIPE_SZ, 4096)
        target = self.target()
        process = support.start("latency", "-b", support.BACKEND, "-f", "json", "-i", "10ms", "-p", str(target.pid), stdout=write_end)
        os.close(write_end)
        time.sleep(2)
        process.send_signal(signal.SIGINT)
        support.wait_until(lambda: support.tracer_of(target.pid) == 0, "it detaches")
        data = b""
        while piece := os.read(read_end, 65536):
            data += piece
        os.close(read_end)
        status, _, err = self.reap(process)
        self.assertEqual(status, 0, err)
        self.assertIsNone(json.loads(data.splitlines()[-1])["interval"])


if __name__ == "__main__":
    support.main()
