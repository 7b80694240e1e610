#include "artefact/zip.hpp"

#include <algorithm>
#include <limits>
#include <unordered_set>

#include "artefact/damage.hpp"
#include "common/error.hpp"

namespace paramnet {
namespace {

constexpr std::uint64_t end_size = 22, end64_size = 56, locator_size = 20, entry_size = 46, header_size = 30;
constexpr std::uint32_t end_signature = 0x06054b50, end64_signature = 0x06064b50, locator_signature = 0x07064b50;
constexpr std::uint32_t entry_signature = 0x02014b50, header_signature = 0x04034b50;
constexpr std::uint64_t in_zip64_16 = 0xFFFF, in_zip64_32 = 0xFFFFFFFF;

// Little-endian numbers anywhere in the file; reading beyond its end reports damage.
class Reader {
public:
    Reader(std::span<const std::byte> bytes, const std::string& path) : bytes_(bytes), path_(path) {}

    std::span<const std::byte> slice(std::uint64_t offset, std::uint64_t size) const {
        if (offset > bytes_.size() || size > bytes_.size() - offset) fail("it ends too early");
        return bytes_.subspan(offset, size);
    }

    std::uint64_t number(std::uint64_t offset, std::uint64_t size) const {
        const auto digits = slice(offset, size);
        std::uint64_t value = 0;
        for (std::size_t index = digits.size(); index-- > 0;) value = value << 8 | std::to_integer<std::uint64_t>(digits[index]);
        return value;
    }

    std::string word(std::uint64_t offset, std::uint64_t size) const {
        const auto characters = slice(offset, size);
        return {reinterpret_cast<const char*>(characters.data()), characters.size()};
    }

    std::uint64_t size() const { return bytes_.size(); }
    [[noreturn]] void fail(const std::string& what) const { damaged(path_, what); }

private:
    std::span<const std::byte> bytes_;
    const std::string& path_;
};

struct Directory {
    std::uint64_t offset = 0, size = 0, members = 0;
};

// The record at the very end of the file.  No comment may follow: libtorch would search it for another record.
std::uint64_t find_end(const Reader& file) {
    if (file.size() < end_size) file.fail("it ends too early");
    const std::uint64_t last = file.size() - end_size;
    if (file.number(last, 4) != end_signature || file.number(last + 20, 2) != 0) file.fail("its directory is missing");
    return last;
}

// torch always writes the 64-bit record as well; the plain one may then hold the same numbers or refer to it.
Directory read_end(const Reader& file) {
    const std::uint64_t end = find_end(file);
    Directory directory{file.number(end + 16, 4), file.number(end + 12, 4), file.number(end + 10, 2)};
    std::uint64_t stop = end;
    if (end >= locator_size && file.number(end - locator_size, 4) == locator_signature) {
        stop = file.number(end - locator_size + 8, 8);
        if (stop > end - locator_size || end - locator_size - stop < end64_size || file.number(stop, 4) != end64_signature)
            file.fail("its 64-bit directory record is broken");
        const Directory wide{file.number(stop + 48, 8), file.number(stop + 40, 8), file.number(stop + 32, 8)};
        const auto differ = [](std::uint64_t narrow, std::uint64_t full, std::uint64_t elsewhere) {
            return narrow != elsewhere && narrow != full;
        };
        if (differ(directory.offset, wide.offset, in_zip64_32) || differ(directory.size, wide.size, in_zip64_32) ||
            differ(directory.members, wide.members, in_zip64_16))
            file.fail("its two directory records differ");
        directory = wide;
    }
    if (directory.size > stop || directory.offset != stop - directory.size) file.fail("its directory is not where it should be");
    if (directory.members > directory.size / entry_size) file.fail("its directory counts more members than it has room for");
    return directory;
}

struct Entry {
    ZipMember member;
    std::uint64_t header = 0;  // offset of its local header
    std::uint64_t next = 0;    // offset of the next directory entry
};

// Sizes and offset given as 0xFFFFFFFF are in the 64-bit extra field, in this order.
void read_zip64(const Reader& file, std::uint64_t extra, std::uint64_t extra_size, std::uint64_t& full_size,
                std::uint64_t& size, std::uint64_t& header) {
    const std::uint64_t stop = extra + extra_size;
    while (stop - extra >= 4) {
        const std::uint64_t kind = file.number(extra, 2), length = file.number(extra + 2, 2);
        extra += 4;
        if (length > stop - extra) file.fail("an extra field of its directory is broken");
        std::uint64_t left = length, position = extra;
        for (std::uint64_t* value : {&full_size, &size, &header}) {
            if (kind != 1 || *value != in_zip64_32) continue;
            if (left < 8) file.fail("a 64-bit field of its directory is broken");
            *value = file.number(position, 8);
            position += 8;
            left -= 8;
        }
        extra += length;
    }
}

Entry read_entry(const Reader& file, std::uint64_t entry, std::uint64_t stop) {
    if (stop - entry < entry_size || file.number(entry, 4) != entry_signature) file.fail("its directory is broken");
    const std::uint64_t name_size = file.number(entry + 28, 2), extra_size = file.number(entry + 30, 2);
    const std::uint64_t length = entry_size + name_size + extra_size + file.number(entry + 32, 2);
    if (length > stop - entry) file.fail("its directory is broken");
    Entry result;
    ZipMember& member = result.member;
    member.name = file.word(entry + entry_size, name_size);
    const std::string what = "its member " + member.name + " ";
    if (name_size == 0 || member.name.find('\0') != std::string::npos) file.fail("a member's name is broken");
    if ((file.number(entry + 8, 2) & 1) != 0) file.fail(what + "is encrypted");
    const std::uint64_t method = file.number(entry + 10, 2);
    if (method != 0 && method != 8) file.fail(what + "is packed in an unknown way");
    member.compressed = method != 0;
    member.crc = static_cast<std::uint32_t>(file.number(entry + 16, 4));
    std::uint64_t size = file.number(entry + 20, 4), full_size = file.number(entry + 24, 4);
    result.header = file.number(entry + 42, 4);
    read_zip64(file, entry + entry_size + name_size, extra_size, full_size, size, result.header);
    if (!member.compressed && size != full_size) file.fail(what + "has two different sizes");
    member.size = size;
    result.next = entry + length;
    return result;
}

// Start of the stored bytes: the local header has its own name and extra field, with which torch aligns them.
void find_data(const Reader& file, Entry& entry, std::uint64_t directory) {
    ZipMember& member = entry.member;
    const std::string what = "its member " + member.name + " ";
    if (entry.header > directory || directory - entry.header < header_size || file.number(entry.header, 4) != header_signature)
        file.fail(what + "is not where the directory says");
    const std::uint64_t name_size = file.number(entry.header + 26, 2);
    const std::uint64_t offset = entry.header + header_size + name_size + file.number(entry.header + 28, 2);
    if (offset > directory || member.size > directory - offset) file.fail(what + "reaches beyond the file");
    if (file.word(entry.header + header_size, name_size) != member.name) file.fail(what + "has two different names");
    member.offset = offset;
}

void require_apart(const Reader& file, std::vector<Entry>& entries) {
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.header < b.header; });
    for (std::size_t index = 1; index < entries.size(); ++index) {
        const ZipMember& before = entries[index - 1].member;
        if (before.offset + before.size > entries[index].header)
            file.fail("its members " + before.name + " and " + entries[index].member.name + " overlap");
    }
}

}  // namespace

void damaged(const std::string& path, const std::string& what) {
    throw Error(PARAMNET_STATUS_FORMAT,
                {.what = path, .expected = "a complete scheme.pt",
                 .got = "a truncated or damaged archive (" + what + ")",
                 .remedy = "copy it again or repeat `paramnet export`"});
}

std::vector<ZipMember> read_zip_directory(std::span<const std::byte> bytes, const std::string& path) {
    const Reader file(bytes, path);
    const Directory directory = read_end(file);
    const std::uint64_t stop = directory.offset + directory.size;
    std::vector<Entry> entries;
    std::unordered_set<std::string> names;
    std::uint64_t next = directory.offset;
    for (std::uint64_t index = 0; index < directory.members; ++index) {
        Entry entry = read_entry(file, next, stop);
        next = entry.next;
        find_data(file, entry, directory.offset);
        if (!names.insert(entry.member.name).second) file.fail("its member " + entry.member.name + " is there twice");
        entries.push_back(std::move(entry));
    }
    if (next != stop) file.fail("its directory counts fewer members than it has");
    require_apart(file, entries);
    std::vector<ZipMember> members;
    for (Entry& entry : entries) members.push_back(std::move(entry.member));
    return members;
}

}  // namespace paramnet
