"""A GPU simulated by tests/simgpu for the processes that a test starts. What is found there is simulated: that the driver
is used rightly and that the bytes are right, never how fast anything is."""
import json
import os
import unittest
from pathlib import Path

LIBRARIES = os.environ.get("TESSERA_SIMGPU", "")
KERNELS = os.environ.get("TESSERA_SIMGPU_KERNELS", "")

needs_simgpu = unittest.skipUnless(LIBRARIES, "built without the simulated GPU: nvcc or the codec headers are missing")

MODES = [{"mode": mode, "memory": memory} for mode in ("eager", "lazy") for memory in ("fresh", "reuse")]


class Simulated:
    """An environment with a simulated GPU, and what its report says after a run."""

    def __init__(self, folder, **options):
        self.path = Path(folder) / "simgpu.json"
        for old in Path(folder).glob("simgpu.json*"):
            old.unlink()
        self.env = dict(os.environ, LD_LIBRARY_PATH=LIBRARIES, SIMGPU_KERNELS=KERNELS,
                        SIMGPU=json.dumps(dict(options, report=str(self.path))))

    def reports(self):
        """Of every process that called the driver."""
        return [json.loads(p.read_text()) for p in sorted(self.path.parent.glob("simgpu.json*")) if p.stat().st_size]

    def report(self):
        """Of the only one."""
        all_reports = self.reports()
        assert len(all_reports) == 1, f"{len(all_reports)} processes called the driver"
        return all_reports[0]
