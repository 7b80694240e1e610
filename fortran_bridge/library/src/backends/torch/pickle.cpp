#include "backends/torch/pickle.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>

namespace paramnet {
namespace {

// Instructions of libtorch's own reader (names as in Python's pickletools), by the number of bytes that follow each.
constexpr std::string_view bare = ".(N\x88\x89)]}t\x85\x86\x87la" "esu\x81" "bRQd";
constexpr std::string_view with_1 = "\x80Kqh", with_2 = "M", with_4 = "Jrj", with_8 = "G";

bool contains(std::string_view letters, char letter) { return letters.find(letter) != std::string_view::npos; }

bool is_word(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char letter) {
        return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') || letter == '_';
    });
}

bool are_words(std::string_view path) {
    for (std::size_t dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.')) {
        if (!is_word(path.substr(0, dot))) return false;
        path.remove_prefix(dot + 1);
    }
    return is_word(path);
}

bool is_harmless(std::string_view module, std::string_view name) {
    if (!is_word(name) || name == "__setstate__" || name == "__getstate__") return false;
    if (module == "__torch__") return true;
    if (module.starts_with("__torch__.")) return !module.starts_with("__torch__.torch.classes") && are_words(module);
    if (module == "torch._utils") return name == "_rebuild_tensor_v2" || name == "_rebuild_parameter";
    if (module == "collections") return name == "OrderedDict";
    if (module == "torch") return name == "device" || name.ends_with("Storage");
    if (module != "torch.jit._pickle") return false;
    for (const char* known : {"build_intlist", "build_doublelist", "build_boollist", "build_tensorlist", "build_complexlist", "restore_type_tag"})
        if (name == known) return true;
    return false;
}

class Reader {
public:
    explicit Reader(std::string_view bytes) : bytes_(bytes) {}

    std::string first() {
        while (true) {
            const std::string_view code = take(1);
            if (code.empty()) return "a damaged pickle";
            const char letter = code.front();
            if (letter == '.') return "";
            if (letter == 'c') {
                const std::string_view module = line(), name = line();
                if (ended_) return "a damaged pickle";
                if (!is_harmless(module, name))
                    return "the pickled name '" + std::string(module) + " " + std::string(name) + "', which is none of a network's";
            } else if (!skip(letter)) {
                return ended_ ? "a damaged pickle" : "a pickle instruction that libtorch does not write";
            }
        }
    }

private:
    // `count` bytes; at the end fewer, which ends the reading.
    std::string_view take(std::size_t count) {
        ended_ = ended_ || count > bytes_.size();
        const std::string_view taken = bytes_.substr(0, std::min(count, bytes_.size()));
        bytes_.remove_prefix(taken.size());
        return taken;
    }

    std::string_view line() {
        const std::size_t stop = bytes_.find('\n');
        if (stop == std::string_view::npos) {
            ended_ = true;
            return "";
        }
        const std::string_view text = take(stop);
        take(1);
        return text;
    }

    // Skips the bytes that follow the instruction; false where libtorch does not know it, or where the bytes end.
    bool skip(char letter) {
        if (contains(bare, letter)) return true;
        if (contains(with_1, letter)) take(1);
        else if (contains(with_2, letter)) take(2);
        else if (contains(with_4, letter)) take(4);
        else if (contains(with_8, letter)) take(8);
        else if (letter == 'X' || letter == '\x8a') take(length(letter == 'X' ? 4 : 1));
        else return false;
        return !ended_;
    }

    std::size_t length(std::size_t size) {
        std::size_t value = 0, place = 1;
        for (const char byte : take(size)) {
            value += place * static_cast<unsigned char>(byte);
            place *= 256;
        }
        return value;
    }

    std::string_view bytes_;
    bool ended_ = false;
};

}  // namespace

std::string forbidden_in_pickle(std::string_view pickle) { return Reader(pickle).first(); }

}  // namespace paramnet
