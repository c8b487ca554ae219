"""A GPU simulated by tests/simgpu for the processes that a test starts. What is found there is simulated: that the driver
is used rightly and that the bytes are right, never how fast anything is."""
import json
import os
import unittest
from pathlib import Path

NAMES = ("libcuda.so.1", "libnvcuvid.so.1", "libnvidia-encode.so.1")


def parts_of(build):
    """The folder of the simulated libraries and the kernels' CPU build in a build; None where nvcc or the codec headers were
    missing."""
    libraries, kernels = Path(build) / "tests" / "simgpu" / "lib", Path(build) / "kernels" / "libtessera_cuda_kernels_host.so"
    return (libraries, kernels) if kernels.exists() and all((libraries / name).exists() for name in NAMES) else None


def environment(libraries, kernels, **options):
    """The environment of a process that finds a simulated GPU; options: tests/simgpu/README.md."""
    path = os.pathsep.join(filter(None, [str(libraries), os.environ.get("LD_LIBRARY_PATH")]))
    return dict(os.environ, LD_LIBRARY_PATH=path, SIMGPU=json.dumps(options), SIMGPU_KERNELS=str(kernels))


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
        self.env = environment(LIBRARIES, KERNELS, **options, report=str(self.path))

    def reports(self):
        """Of every process that called the driver."""
        return [json.loads(p.read_text()) for p in sorted(self.path.parent.glob("simgpu.json*")) if p.stat().st_size]

    def report(self):
        """Of the only one."""
        all_reports = self.reports()
        assert len(all_reports) == 1, f"{len(all_reports)} processes called the driver"
        return all_reports[0]
