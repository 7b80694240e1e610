#include "artefact/artefact.hpp"

#include <c10/util/Exception.h>
#include <caffe2/serialize/inline_container.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>

#include "artefact/checksum.hpp"
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

Artefact::Artefact(const std::string& path) : path_(path) {
    require_zip(path);
    require_checksums(path);
    if (!has("paramnet.json"))
        throw Error(PARAMNET_STATUS_FORMAT,
                    path + ": expected paramnet.json among its extra files, got TorchScript without it; "
                           "write the scheme with `paramnet export`, or save it with "
                           "torch.jit.save(module, path, _extra_files={'paramnet.json': manifest})");
}

Artefact::~Artefact() = default;

bool Artefact::has(const std::string& name) const {
    try {
        return caffe2::serialize::PyTorchStreamReader(path_).hasRecord("extra/" + name);
    } catch (const c10::Error& problem) {
        throw Error(PARAMNET_STATUS_FORMAT, path_ + ": expected a whole scheme.pt, got a truncated or damaged archive (" +
                                                problem.what_without_backtrace() +
                                                "); copy it again or repeat `paramnet export`");
    }
}

std::string Artefact::text(const std::string& name) const {
    if (!has(name)) throw Error(PARAMNET_STATUS_FORMAT, path_ + ": expected a member " + name + ", got none");
    caffe2::serialize::PyTorchStreamReader reader(path_);
    const auto [data, size] = reader.getRecord("extra/" + name);
    return {static_cast<const char*>(data.get()), size};
}

}  // namespace paramnet
