#include "artefact/checksum.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <string_view>

#include "error.hpp"

namespace paramnet {
namespace {

constexpr std::size_t end_size = 22, entry_size = 46, header_size = 30;

[[noreturn]] void damaged(const std::string& path, const std::string& what) {
    throw Error(PARAMNET_STATUS_FORMAT, path + ": expected a whole scheme.pt, got a truncated or damaged archive (" +
                                            what + "); copy it again or repeat `paramnet export`");
}

constexpr std::array<std::uint32_t, 256> make_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t rest = byte;
        for (int bit = 0; bit < 8; ++bit) rest = (rest & 1) != 0 ? 0xEDB88320u ^ (rest >> 1) : rest >> 1;
        table[byte] = rest;
    }
    return table;
}

std::uint32_t crc32(std::string_view bytes) {
    static constexpr std::array<std::uint32_t, 256> table = make_table();
    std::uint32_t rest = 0xFFFFFFFFu;
    for (const char byte : bytes) rest = table[(rest ^ static_cast<unsigned char>(byte)) & 0xFFu] ^ (rest >> 8);
    return ~rest;
}

// Little-endian numbers anywhere in the file; reading beyond its end is damage.
class Bytes {
public:
    Bytes(std::string_view bytes, const std::string& path) : bytes_(bytes), path_(path) {}

    std::string_view slice(std::size_t offset, std::size_t size) const {
        if (offset > bytes_.size() || size > bytes_.size() - offset) damaged(path_, "it ends too early");
        return bytes_.substr(offset, size);
    }

    std::uint32_t number(std::size_t offset, std::size_t size) const {
        std::uint32_t value = 0;
        const std::string_view digits = slice(offset, size);
        for (std::size_t index = size; index-- > 0;) value = value << 8 | static_cast<unsigned char>(digits[index]);
        return value;
    }

private:
    std::string_view bytes_;
    const std::string& path_;
};

}  // namespace

void require_checksums(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    const std::size_t end = content.rfind("PK\005\006");
    if (end == std::string::npos) damaged(path, "its directory is missing");
    const Bytes bytes(content, path);
    bytes.slice(end, end_size);
    const std::uint32_t members = bytes.number(end + 10, 2);
    std::size_t entry = bytes.number(end + 16, 4);
    for (std::uint32_t member = 0; member < members; ++member) {
        if (bytes.slice(entry, 4) != "PK\001\002") damaged(path, "its directory is broken");
        const std::size_t name_size = bytes.number(entry + 28, 2), local = bytes.number(entry + 42, 4);
        const std::string name(bytes.slice(entry + entry_size, name_size));
        const bool stored = bytes.number(entry + 10, 2) == 0;
        if (stored) {
            const std::size_t data =
                local + header_size + bytes.number(local + 26, 2) + bytes.number(local + 28, 2);
            if (crc32(bytes.slice(data, bytes.number(entry + 20, 4))) != bytes.number(entry + 16, 4))
                damaged(path, "the checksum of its member " + name + " is wrong");
        }
        entry += entry_size + name_size + bytes.number(entry + 30, 2) + bytes.number(entry + 32, 2);
    }
}

}  // namespace paramnet
