#include "artefact/package.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <system_error>

#include "artefact/file.hpp"
#include "artefact/json_reader.hpp"
#include "artefact/sha256.hpp"
#include "artefact/zip.hpp"
#include "common/error.hpp"

namespace paramnet {
namespace {

namespace fs = std::filesystem;

constexpr const char* export_again = "repeat `paramnet export aoti=true` here, or use backend 'torchscript'";

[[noreturn]] void refuse(std::int32_t status, const std::string& path, const std::string& expected, const std::string& got) {
    throw Error(status, {.what = path, .expected = expected, .got = got, .remedy = export_again});
}

// Linux and compilers use different names for a feature: avx512_vnni or avx512vnni, abm or lzcnt, bmi1 or bmi.
std::string plain(std::string name) {
    std::erase_if(name, [](char letter) { return letter == '_' || letter == '-'; });
    if (name == "bmi1") return "bmi";
    return name == "abm" ? "lzcnt" : name;
}

std::set<std::string> processor_features() {
    std::set<std::string> features;
    std::ifstream cpuinfo("/proc/cpuinfo");
    for (std::string line; std::getline(cpuinfo, line);) {
        if (!line.starts_with("flags")) continue;
        std::istringstream words(line.substr(line.find(':') + 1));
        for (std::string word; words >> word;) features.insert(plain(word));
        break;
    }
    return features;
}

void require_processor(const JsonReader& metadata, const std::string& path) {
    const Json& needed = metadata.at("isa");
    if (!needed.is_array()) metadata.fail("isa", "a list of texts", needed.quote());
    const std::set<std::string> features = processor_features();
    std::string missing;
    for (const Json& name : needed.array()) {
        if (!name.is_string()) metadata.fail("isa", "a list of texts", name.quote());
        if (!features.contains(plain(name.string()))) missing += (missing.empty() ? "" : ", ") + name.string();
    }
    if (!missing.empty())
        refuse(PARAMNET_STATUS_BACKEND, path, "a processor with " + missing, "one without");
}

void require_metadata(const JsonReader& metadata, const Artefact& artefact, const std::string& path, const std::string& libtorch) {
    if (metadata.string("format") != "paramnet-aoti" || metadata.integer("version") != 1)
        metadata.fail("format", "'paramnet-aoti' of version 1",
                      "'" + metadata.string("format") + "' of version " + std::to_string(metadata.integer("version")));
    if (metadata.string("manifest_sha256") != artefact.manifest_sha256())
        refuse(PARAMNET_STATUS_CONTRACT_MISMATCH, path,
               "the package of " + artefact.path(), "one compiled for another artefact");
    if (metadata.string("torch_version") != libtorch)
        refuse(PARAMNET_STATUS_BACKEND, path,
               "a package compiled by torch " + libtorch, "one of torch " + metadata.string("torch_version"));
    if (metadata.string("device") != "cpu")
        refuse(PARAMNET_STATUS_DEVICE, path, "a package for the cpu", "one for " + metadata.string("device"));
    require_processor(metadata, path);
}

// Code is loaded from this folder: only this user may be able to write to it.
fs::path cache_folder() {
    const auto given = [](const char* name) {
        const char* const value = std::getenv(name);
        return value != nullptr && *value != '\0' ? fs::path(value) : fs::path();
    };
    fs::path folder = given("PARAMNET_CACHE");
    if (folder.empty() && !given("XDG_CACHE_HOME").empty()) folder = given("XDG_CACHE_HOME") / "paramnet";
    if (folder.empty())
        folder = (given("TMPDIR").empty() ? fs::path("/tmp") : given("TMPDIR")) / ("paramnet-" + std::to_string(::getuid()));
    std::error_code problem;
    fs::create_directories(folder.parent_path(), problem);
    ::mkdir(folder.c_str(), 0700);
    struct stat status{};
    const bool there = ::lstat(folder.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
    if (!there || status.st_uid != ::getuid() || (status.st_mode & 0022) != 0)
        throw Error(PARAMNET_STATUS_FILE,
                    {.what = folder.string(),
                     .expected = "a folder that only this user can write to, to unpack compiled packages",
                     .remedy = "set PARAMNET_CACHE to one"});
    return folder;
}

void write_member(const fs::path& file, std::span<const std::byte> content) {
    fs::create_directories(file.parent_path());
    std::ofstream stream(file, std::ios::binary);
    stream.write(reinterpret_cast<const char*>(content.data()), static_cast<std::streamsize>(content.size()));
    stream.close();
    if (!stream)
        throw Error(PARAMNET_STATUS_FILE,
                    {.what = file.string() + ": cannot be written", .remedy = "make room or set PARAMNET_CACHE"});
}

void unpack(std::span<const std::byte> package, const std::string& path, const fs::path& folder) {
    for (const ZipMember& member : read_zip_directory(package, path)) {
        const fs::path name(member.name);
        if (member.compressed || name.is_absolute() || std::ranges::find(name, "..") != name.end())
            refuse(PARAMNET_STATUS_FORMAT, path, "plainly stored members", "'" + member.name + "'");
        write_member(folder / name, package.subspan(member.offset, member.size));
    }
}

// Many ranks may call this at once: each unpacks to a temporary folder; the first rename wins, the others use it.
fs::path unpacked(std::span<const std::byte> package, const std::string& path, const std::string& hash) {
    const fs::path final = cache_folder() / hash;
    if (fs::is_directory(final)) return final;
    std::string temporary = final.string() + ".XXXXXX";
    if (::mkdtemp(temporary.data()) == nullptr)
        throw Error(PARAMNET_STATUS_FILE,
                    {.what = temporary + ": cannot be made", .remedy = "make room or set PARAMNET_CACHE"});
    std::error_code lost;
    try {
        unpack(package, path, temporary);
        fs::rename(temporary, final, lost);
    } catch (...) {
        fs::remove_all(temporary, lost);
        throw;
    }
    if (lost) fs::remove_all(temporary, lost);
    if (!fs::is_directory(final))
        throw Error(PARAMNET_STATUS_FILE, {.what = final.string() + ": cannot be made", .remedy = "set PARAMNET_CACHE"});
    return final;
}

}  // namespace

std::string package_path(const Artefact& artefact) { return fs::path(artefact.path()).replace_extension(".pt2").string(); }

std::string open_package(const Artefact& artefact, const std::string& named, const std::string& libtorch) {
    const std::string path = package_path(artefact), metadata_path = path + ".json";
    const AlignedBytes text = read_file(metadata_path);
    const Json document = parse_json({reinterpret_cast<const char*>(text.all().data()), text.all().size()}, metadata_path);
    const JsonReader metadata(document, metadata_path, "");
    require_metadata(metadata, artefact, path, libtorch);
    const AlignedBytes package = read_file(path);
    const std::string hash = sha256(package.all());
    if (hash != metadata.string("package_sha256"))
        refuse(PARAMNET_STATUS_FORMAT, path,
               "the package that its metadata describe", "other bytes (truncated or damaged)");
    if (!named.empty() && hash != named)
        refuse(PARAMNET_STATUS_CONTRACT_MISMATCH, path,
               "the package whose SHA-256 " + artefact.path() + " names", "another one");
    try {
        // The loader looks for data/aotinductor below the archive's top folder, as the archive has it.
        return unpacked(package.all(), path, hash).string();
    } catch (const fs::filesystem_error& problem) {
        throw Error(PARAMNET_STATUS_FILE,
                    {.what = path + ": cannot be unpacked (" + problem.what() + ")", .remedy = "set PARAMNET_CACHE"});
    }
}

}  // namespace paramnet
