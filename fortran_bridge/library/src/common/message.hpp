// The parts of a message to the user, and the sentence that they make.  Python's ParamnetError has the same parts.
#pragma once

#include <string>

namespace paramnet {

// what: the variable, option, key or file; expected, got: the value required and the value found; where: the file in
// which it was found; remedy: what to do, as an imperative.  `what` alone is a complete message.
struct Message {
    std::string what{};
    std::string expected{};
    std::string got{};
    std::string where{};
    std::string remedy{};
};

// "what: expected ..., got ... in where; remedy", with the parts that are given.
inline std::string sentence(const Message& parts) {
    std::string text = parts.what;
    const auto add = [&text](const char* separator, const char* word, const std::string& part) {
        if (!part.empty()) text += (text.empty() ? "" : separator) + (word + part);
    };
    add(": ", "expected ", parts.expected);
    add(parts.expected.empty() ? ": " : ", ", "got ", parts.got);
    add(" ", "in ", parts.where);
    add("; ", "", parts.remedy);
    return text;
}

}  // namespace paramnet
