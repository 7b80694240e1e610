#include "artefact.hpp"

#include <c10/util/Exception.h>
#include <caffe2/serialize/inline_container.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>

#include "checksum.hpp"
#include "error.hpp"

namespace paramnet {
namespace {

// Says in plain words what libtorch would report as an obscure archive error.
void require_zip(const std::string& path) {
    if (std::filesystem::is_directory(path))
        throw Error(PARAMNET_STATUS_FILE, path + ": expected a file, got a directory; give the path of a scheme.pt");
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        const int reason = errno;
        throw Error(PARAMNET_STATUS_FILE, path + ": cannot be opened (" + std::strerror(reason) +
                                              "); give the path of a scheme.pt written by `paramnet export`");
    }
    std::array<char, 4> start{};
    file.read(start.data(), start.size());
    if (file.gcount() == 0) throw Error(PARAMNET_STATUS_FORMAT, path + ": expected a scheme.pt, got an empty file");
    if (std::memcmp(start.data(), "PK\003\004", start.size()) != 0)
        throw Error(PARAMNET_STATUS_FORMAT,
                    path + ": expected a scheme.pt (a zip archive of TorchScript), got another kind of file; "
                           "write one with `paramnet export`");
}

}  // namespace

std::string read_manifest_text(const std::string& path) {
    require_zip(path);
    require_checksums(path);
    try {
        caffe2::serialize::PyTorchStreamReader reader(path);
        if (!reader.hasRecord("extra/paramnet.json"))
            throw Error(PARAMNET_STATUS_FORMAT,
                        path + ": expected paramnet.json among its extra files, got TorchScript without it; "
                               "write the scheme with `paramnet export`, or save it with "
                               "torch.jit.save(module, path, _extra_files={'paramnet.json': manifest})");
        const auto [data, size] = reader.getRecord("extra/paramnet.json");
        return {static_cast<const char*>(data.get()), size};
    } catch (const c10::Error& problem) {
        throw Error(PARAMNET_STATUS_FORMAT, path + ": expected a whole scheme.pt, got a truncated or damaged archive (" +
                                                problem.what_without_backtrace() +
                                                "); copy it again or repeat `paramnet export`");
    }
}

}  // namespace paramnet
