// hostile_artefact SCHEME.pt: invalid archives, each refused with its own message; and every byte flipped.
#include <cstddef>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "artefact/artefact.hpp"
#include "artefact/checksum.hpp"
#include "artefact/file.hpp"
#include "artefact/sha256.hpp"
#include "common/error.hpp"
#include "host.hpp"

namespace {

using proof::require;
using Bytes = std::vector<unsigned char>;

std::span<const std::byte> seen(const Bytes& bytes) { return {reinterpret_cast<const std::byte*>(bytes.data()), bytes.size()}; }

std::string complaint(const Bytes& bytes) {
    try {
        const paramnet::Artefact artefact("lie.pt", seen(bytes));
        return "";
    } catch (const paramnet::Error& problem) {
        require(problem.status() == PARAMNET_STATUS_FORMAT, "a lie is FORMAT");
        return problem.what();
    }
}

std::size_t find(const Bytes& bytes, const std::string& words, std::size_t from = 0) {
    const std::string text(bytes.begin(), bytes.end());
    const std::size_t found = text.find(words, from);
    require(found != text.npos, "the scheme has " + words);
    return found;
}

void put(Bytes& bytes, std::size_t at, std::uint64_t value, int size) {
    for (int index = 0; index < size; ++index) bytes[at + static_cast<std::size_t>(index)] = static_cast<unsigned char>(value >> (8 * index));
}

struct Lie {
    const char* words;  // part of the message
    std::function<void(Bytes&)> tell;
};

const std::string end = "PK\5\6", entry = "PK\1\2", header = std::string("PK\3\4");

// Offsets of fields from the start of a record are from the zip specification (APPNOTE 4.3).
const Lie lies[] = {
    {"got an empty file", [](Bytes& b) { b.clear(); }},
    {"got another kind of file", [](Bytes& b) { b = {'C', 'D', 'F', 1, 0, 0, 0, 0}; }},
    {"it ends too early", [](Bytes& b) { b.resize(10); }},
    {"its directory is missing", [](Bytes& b) { b.resize(b.size() / 2); }},
    {"its directory is missing", [](Bytes& b) { b.pop_back(); }},
    {"its directory is missing", [](Bytes& b) { b.push_back(0); }},
    {"its directory is not where it should be", [](Bytes& b) { put(b, find(b, end) + 16, 7, 4); }},
    {"its directory is not where it should be", [](Bytes& b) { put(b, find(b, end) + 12, 0xFFFFFFF0u, 4); }},
    {"more members than it has room for", [](Bytes& b) { put(b, find(b, end) + 10, 65000, 2); }},
    {"fewer members than it has", [](Bytes& b) { put(b, find(b, end) + 10, 1, 2); }},
    {"its directory is broken", [](Bytes& b) { b[find(b, entry) + 1] ^= 1; }},
    {"its directory is broken", [](Bytes& b) { put(b, find(b, entry) + 28, 65000, 2); }},
    {"is encrypted", [](Bytes& b) { b[find(b, entry) + 8] |= 1; }},
    {"is packed in an unknown way", [](Bytes& b) { put(b, find(b, entry) + 10, 93, 2); }},
    {"stored, got it compressed", [](Bytes& b) { put(b, find(b, entry) + 10, 8, 2); }},
    {"has two different sizes", [](Bytes& b) { put(b, find(b, entry) + 24, 1, 4); }},
    {"reaches beyond the file", [](Bytes& b) { put(b, find(b, entry) + 20, 0x7FFFFFFF, 4); put(b, find(b, entry) + 24, 0x7FFFFFFF, 4); }},
    {"is not where the directory says", [](Bytes& b) { put(b, find(b, entry) + 42, 0x7FFFFFFF, 4); }},
    {"is not where the directory says", [](Bytes& b) { put(b, find(b, entry) + 42, 1, 4); }},
    {"has two different names", [](Bytes& b) { b[find(b, header) + 30] ^= 1; }},
    {"overlap", [](Bytes& b) {
         const std::size_t first = find(b, entry);
         const std::size_t more = b.size() / 3;
         put(b, first + 20, more, 4);
         put(b, first + 24, more, 4);
     }},
    {"the checksum of its member", [](Bytes& b) { b[find(b, "paramnet-program")] ^= 1; }},
    {"the checksum of its member", [](Bytes& b) { put(b, find(b, entry) + 16, 1, 4); }},
};

// Archives with correct structure and checksums but invalid content: rewritten after the edit.
class Archive {
public:
    explicit Archive(const Bytes& bytes) {
        for (const paramnet::ZipMember& member : paramnet::read_zip_directory(seen(bytes), "good.pt")) {
            const auto first = bytes.begin() + static_cast<std::ptrdiff_t>(member.offset);
            members.emplace_back(member.name, std::string(first, first + static_cast<std::ptrdiff_t>(member.size)));
        }
    }

    Bytes whole() const {
        std::string body, directory;
        for (const auto& [name, content] : members) {
            const std::uint32_t crc = paramnet::crc32(std::as_bytes(std::span(content)));
            std::string numbers;
            for (const std::uint64_t number : {std::uint64_t{crc}, std::uint64_t{content.size()}, std::uint64_t{content.size()}})
                numbers += little(number, 4);
            const std::string common = little(0, 2) + little(0, 2) + little(0, 4) + numbers + little(name.size(), 2) + little(0, 2);
            directory += entry + little(20, 2) + little(20, 2) + common + little(0, 10) + little(body.size(), 4) + name;
            body += header + little(20, 2) + common + name + content;
        }
        const std::string counts = little(0, 4) + little(members.size(), 2) + little(members.size(), 2);
        const std::string all =
            body + directory + end + counts + little(directory.size(), 4) + little(body.size(), 4) + little(0, 2);
        return {all.begin(), all.end()};
    }

    std::string& content(const std::string& ending) {
        for (auto& [name, content] : members)
            if (name.ends_with(ending)) return content;
        require(false, "the scheme has " + ending);
        return members.front().second;
    }

    std::vector<std::pair<std::string, std::string>> members;

private:
    static std::string little(std::uint64_t value, int size) {
        std::string digits;
        for (int index = 0; index < size; ++index) digits += static_cast<char>(index < 8 ? value >> (8 * index) & 0xFF : 0);
        return digits;
    }
};

struct Fraud {
    const char* words;
    std::function<void(Archive&)> commit;
};

void replace(std::string& text, const std::string& from, const std::string& to) {
    const std::size_t found = text.find(from);
    require(found != text.npos, "the manifest has " + from);
    text.replace(found, from.size(), to);
}

const Fraud frauds[] = {
    {"changed since export: extra/weights.bin", [](Archive& a) { a.content("weights.bin")[5] ^= 1; }},
    {"changed since export: extra/program.json", [](Archive& a) { a.content("program.json") += ' '; }},
    {"missing: version", [](Archive& a) { std::erase_if(a.members, [](const auto& m) { return m.first.ends_with("/version"); }); }},
    {"not listed: virus", [](Archive& a) { a.members.emplace_back("archive/virus", "x"); }},
    {"whose members are in one folder", [](Archive& a) { a.members.emplace_back("elsewhere/x", "x"); }},
    {"is there twice", [](Archive& a) { a.members.push_back(a.members.front()); }},
    {"got another kind of file", [](Archive& a) { a.members.clear(); }},
    {"`paramnet import source=torchscript`", [](Archive& a) { std::erase_if(a.members, [](const auto& m) { return m.first.ends_with("paramnet.json"); }); }},
    {"got a zip archive without extra/paramnet.json", [](Archive& a) { a.members = {{"docx/word", "x"}}; }},
    {"format_version: expected 2 or 3, got 4 in ", [](Archive& a) { replace(a.content("paramnet.json"), "\"format_version\": 2", "\"format_version\": 4"); }},
    {"format_version: expected 2 or 3, got 1 of an older paramnet in ", [](Archive& a) { replace(a.content("paramnet.json"), "\"format_version\": 2", "\"format_version\": 1"); }},
    {"members: expected a value, got nothing", [](Archive& a) { replace(a.content("paramnet.json"), "\"members\"", "\"others\""); }},
    {"expected JSON, got", [](Archive& a) { a.content("paramnet.json") = "{'x'"; }},
    {"at most 64 levels", [](Archive& a) { a.content("paramnet.json") = std::string(200'000, '['); }},
};

void flip_every_byte(const Bytes& good) {
    std::size_t refused = 0;
    for (std::size_t at = 0; at < good.size(); at += at < 2000 || at + 6000 > good.size() ? 1 : 97) {
        Bytes bytes = good;
        bytes[at] ^= 0x10;
        refused += !complaint(bytes).empty();
    }
    std::printf("%zu flipped bytes refused\n", refused);
    require(refused > 1000, "flipped bytes are refused");
}

void hashes() {
    // FIPS 180-4's examples, every length around a block, and a million times "a".
    const auto text = [](const std::string& words) { return std::as_bytes(std::span(words)); };
    const std::string abc = "abc", two = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", many(1'000'000, 'a');
    require(paramnet::sha256(text(abc)) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "SHA-256 of abc");
    require(paramnet::sha256(text(two)) == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1", "of two blocks");
    require(paramnet::sha256(text(many)) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0", "of a million a");
    require(paramnet::sha256({}) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "of nothing");
    for (std::size_t size = 0; size < 300; ++size)
        require(paramnet::sha256(text(many).first(size)) == paramnet::sha256_portable(text(many).first(size)), "both ways agree");
    const std::string digits = "123456789";
    require(paramnet::crc32(text(digits)) == 0xCBF43926u, "CRC-32's check value");
    require(paramnet::crc32(text(two)) == 0x171A3F5Fu, "CRC-32 of more than eight bytes");
}

// The same parts make the same sentence in Python and Fortran.
void sentences() {
    using paramnet::sentence;
    require(sentence({.what = "w", .expected = "e", .got = "g", .where = "f", .remedy = "r"}) == "w: expected e, got g in f; r", "all parts");
    require(sentence({.what = "w", .got = "g", .remedy = "r"}) == "w: got g; r", "without expected");
    require(sentence({.what = "w", .remedy = "r"}) == "w; r" && sentence({.what = "w"}) == "w", "what alone");
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 2) return 2;
    hashes();
    sentences();
    const paramnet::AlignedBytes file = paramnet::read_file(arguments[1]);
    const auto* const first = reinterpret_cast<const unsigned char*>(file.all().data());
    const Bytes original(first, first + file.all().size());
    const Bytes good = Archive(original).whole();
    require(complaint(original).empty() && complaint(good).empty(), "the honest archives are read: " + complaint(good));
    for (const Lie& lie : lies) {
        Bytes bytes = good;
        lie.tell(bytes);
        require(complaint(bytes).find(lie.words) != std::string::npos, std::string(lie.words) + ", got: " + complaint(bytes));
    }
    for (const Fraud& fraud : frauds) {
        Archive archive(original);
        fraud.commit(archive);
        const std::string said = complaint(archive.whole());
        require(said.find(fraud.words) != std::string::npos, std::string(fraud.words) + ", got: " + said);
    }
    flip_every_byte(good);
    return 0;
}
