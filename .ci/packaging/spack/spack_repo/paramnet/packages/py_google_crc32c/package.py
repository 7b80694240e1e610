# Until Spack has a version that paramnet-climate needs (1.5 or later).
from spack_repo.builtin.packages.py_google_crc32c.package import PyGoogleCrc32c as Builtin

from spack.package import *


class PyGoogleCrc32c(Builtin):
    __doc__ = Builtin.__doc__

    version("1.9.0", sha256="7b8c84c3d159ab6817fe3f74e6e6cef099c3f95dcec3abc0d8afb1404642efbe")
