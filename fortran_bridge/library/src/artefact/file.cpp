#include "artefact/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "common/error.hpp"

namespace paramnet {
namespace {

constexpr const char* remedy = "give the path of a scheme.pt written by `paramnet export`";

[[noreturn]] void fail(const std::string& path, const std::string& what) {
    throw Error(PARAMNET_STATUS_FILE, {.what = path + ": " + what, .remedy = remedy});
}

[[noreturn]] void no_file(const std::string& path, const char* got) {
    throw Error(PARAMNET_STATUS_FILE, {.what = path, .expected = "a file", .got = got, .remedy = remedy});
}

class Descriptor {
public:
    // O_NONBLOCK: a pipe without a writer must not block the host; no effect on files.
    explicit Descriptor(const std::string& path) : number_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
        if (number_ < 0) fail(path, std::string("cannot be opened (") + std::strerror(errno) + ")");
    }
    ~Descriptor() { ::close(number_); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int number() const { return number_; }

private:
    int number_;
};

}  // namespace

AlignedBytes read_file(const std::string& path) {
    const Descriptor file(path);
    struct stat status{};
    if (::fstat(file.number(), &status) != 0) fail(path, std::string("cannot be read (") + std::strerror(errno) + ")");
    if (S_ISDIR(status.st_mode)) no_file(path, "a directory");
    if (!S_ISREG(status.st_mode)) no_file(path, "a pipe or a device");
    AlignedBytes content(static_cast<std::size_t>(status.st_size));
    std::span<std::byte> left = content.all();
    while (!left.empty()) {
        const ssize_t got = ::read(file.number(), left.data(), left.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) fail(path, std::string("cannot be read (") + std::strerror(errno) + ")");
        if (got == 0) fail(path, "became shorter while it was read");
        left = left.subspan(static_cast<std::size_t>(got));
    }
    return content;
}

}  // namespace paramnet
