#include "backends/native/program.hpp"

#include <bit>

#include "artefact/json_reader.hpp"
#include "backends/native/operations.hpp"

namespace paramnet::native {

static_assert(std::endian::native == std::endian::little, "weights.bin is read in place");

const char* name_of(Type type) {
    return type == Type::float32 ? "float32" : type == Type::float64 ? "float64" : "int32";
}

namespace {

// Limits far above any scheme, so that a hostile file cannot exhaust memory.
constexpr std::size_t most_entries = 16384;
constexpr std::int64_t most_rows = 65536;
constexpr std::int64_t newest_version = 2;

Type type_of(const JsonReader& entry, bool integers) {
    const std::string name = entry.string("type");
    if (name == "float32") return Type::float32;
    if (name == "float64") return Type::float64;
    if (name == "int32" && integers) return Type::int32;
    entry.fail("type", integers ? "float32, float64 or int32" : "float32 or float64", entry.at("type"));
}

// Constants are stored one after the other, so that together they cannot exceed the size of the file.
std::vector<Constant> constants(const JsonReader& document, std::span<const std::byte> weights) {
    std::vector<Constant> result;
    std::int64_t end = 0;
    const auto size = static_cast<std::int64_t>(weights.size());
    for (const auto& item : document.array("constants", most_entries)) {
        const JsonReader entry(item, document.where(), "constants[" + std::to_string(result.size()) + "]");
        entry.only({"type", "rows", "width", "offset"});
        Constant constant;
        constant.type = type_of(entry, true);
        constant.rows = entry.integer("rows", 1, most_rows);
        if (entry.has("width")) constant.width = entry.integer("width", 1, most_rows);
        const std::int64_t offset = entry.integer("offset", end, INT64_MAX);
        if (offset % 64 != 0) entry.fail("offset", "a multiple of 64", entry.at("offset"));
        const std::int64_t bytes = constant.rows * (constant.width ? constant.width : 1) * bytes_of(constant.type);
        if (offset > size || bytes > size - offset)
            entry.fail("offset", std::to_string(bytes) + " bytes within the " + std::to_string(size) + " of weights.bin",
                       std::to_string(offset));
        constant.bytes = weights.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(bytes));
        end = offset + bytes;
        result.push_back(constant);
    }
    return result;
}

std::vector<Value> values(const JsonReader& document) {
    std::vector<Value> result;
    for (const auto& item : document.array("values", most_entries)) {
        const JsonReader entry(item, document.where(), "values[" + std::to_string(result.size()) + "]");
        entry.only({"type", "rows"});
        result.push_back({type_of(entry, false), entry.integer("rows", 1, most_rows)});
    }
    return result;
}

}  // namespace

Program parse_program(const std::string& text, std::span<const std::byte> weights, const std::string& path) {
    const std::string where = path + ": program.json";
    const Json parsed = parse_json(text, where);
    const JsonReader document(parsed, where, "");
    document.only({"format", "version", "constants", "values", "operations"});
    if (document.string("format") != "paramnet-program")
        document.fail("format", "paramnet-program", document.at("format"));
    const std::int64_t version = document.integer("version", 1, newest_version);
    Program program{constants(document, weights), values(document), {}};
    OperationReader reader(program, version, where);
    const auto& operations = document.array("operations", most_entries);
    for (const auto& item : operations) reader.read(item, operations.size());
    reader.finish(document);
    return program;
}

}  // namespace paramnet::native
