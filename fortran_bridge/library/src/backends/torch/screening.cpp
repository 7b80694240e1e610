#include "backends/torch/screening.hpp"

#include <algorithm>
#include <string_view>

#include "backends/torch/code.hpp"
#include "backends/torch/pickle.hpp"
#include "common/error.hpp"

namespace paramnet {
namespace {

bool all_digits(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char letter) { return letter >= '0' && letter <= '9'; });
}

bool is_code(std::string_view name) {
    const bool printable = std::ranges::none_of(name, [](char letter) { return (letter >= 0 && letter < 32) || letter == '\\'; });
    return name.starts_with("code/") && printable && (name.ends_with(".py") || name.ends_with(".debug_pkl"));
}

// Members that libtorch writes and reads, and those that it never reads.  Others belong to older formats.
bool is_known(std::string_view name) {
    for (const std::string_view folder : {"data", "constants", "traced_inputs"}) {
        if (!name.starts_with(folder)) continue;
        const std::string_view rest = name.substr(folder.size());
        if (rest == ".pkl" || (rest.starts_with('/') && all_digits(rest.substr(1)))) return true;
    }
    for (const char* word : {"version", ".data/version", "byteorder", ".format_version", ".storage_alignment", ".data/serialization_id"})
        if (name == word) return true;
    return is_code(name) || (name.starts_with("extra/") && name.size() > 6);
}

[[noreturn]] void refuse(const std::string& path, const std::string& got) {
    throw Error(PARAMNET_STATUS_FORMAT,
                {.what = path, .expected = "TorchScript that only computes", .got = got,
                 .remedy = "do not load it unless you know who made it; if you do, the option trust loads it without "
                     "this check"});
}

std::string_view text_of(std::span<const std::byte> content) {
    return {reinterpret_cast<const char*>(content.data()), content.size()};
}

}  // namespace

void require_harmless(const std::vector<NamedBytes>& members, const std::string& path, const IsOperator& is_operator) {
    for (const NamedBytes& member : members) {
        if (!is_known(member.name)) refuse(path, "the member " + member.name + ", which is none of TorchScript's");
        if (member.name.starts_with("extra/")) continue;
        if (member.name.ends_with(".py"))
            if (const auto found = forbidden_in_code(text_of(member.content), is_operator))
                refuse(path, found->what + ", in " + member.name + " line " + std::to_string(found->line));
        if (member.name.ends_with("pkl")) {
            const std::string found = forbidden_in_pickle(text_of(member.content));
            if (!found.empty()) refuse(path, found + ", in " + member.name);
        }
    }
}

}  // namespace paramnet
