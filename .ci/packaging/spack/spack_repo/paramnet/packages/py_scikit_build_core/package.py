# Until Spack has a version that builds paramnet-climate (1.0 or later).
from spack_repo.builtin.packages.py_scikit_build_core.package import PyScikitBuildCore as Builtin

from spack.package import *


class PyScikitBuildCore(Builtin):
    __doc__ = Builtin.__doc__

    version("1.1.2", sha256="7893709119c5ab1be75cd10442383132c9433b9f104dacef5185949efbea7974")
