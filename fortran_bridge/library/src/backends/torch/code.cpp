#include "backends/torch/code.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "backends/torch/tokens.hpp"

namespace paramnet {
namespace {

constexpr std::string_view allowed[] = {
#include "backends/torch/operators.inc"
};
static_assert(std::ranges::is_sorted(allowed));

// Names outside the aten namespace that only compute values.
constexpr std::string_view prim_allowed[] = {
    "NumToTensor", "RaiseException", "abs", "data", "device", "dtype", "is_cpu", "is_cuda", "is_meta", "is_mkldnn", "is_mps",
    "is_nested", "is_quantized", "is_sparse", "is_sparse_csr", "is_xla", "is_xpu", "itemsize", "layout", "max", "min", "name",
    "nbytes", "rangelist", "requires_grad", "shape", "tolist", "type", "unchecked_cast", "unchecked_unwrap_optional"};
// Unqualified names of the language that print or start other threads.
constexpr std::string_view forbidden[] = {"awaitable", "chr", "fork", "print", "rpc_async", "rpc_remote", "rpc_sync"};

template <typename Names>
bool contains(const Names& names, std::string_view name) {
    return std::ranges::find(names, name) != std::end(names);
}

bool called_at_load(std::string_view name) { return name == "__setstate__" || name == "__getstate__"; }

std::string why(std::string_view name) {
    if (name == "save") return "writes files";
    if (name == "from_file") return "reads and writes files";
    if (name == "print") return "writes to the terminal";
    if (name == "fork") return "starts other threads";
    if (name == "__setstate__") return "runs when the file is loaded";
    if (name == "__getstate__") return "comes with a __setstate__, which runs when the file is loaded";
    return "is not on the list of those that only compute";
}

class Reader {
public:
    Reader(const std::vector<Token>& tokens, const IsOperator& is_operator) : tokens_(tokens), is_operator_(is_operator) {}

    std::optional<Finding> first() const {
        for (std::size_t index = 0; index < tokens_.size();) {
            const Token& token = tokens_[index];
            if (token.kind == TokenKind::wrong) return Finding{std::string(token.text), token.line};
            if (token.kind == TokenKind::string && before(index).kind == TokenKind::string)
                return Finding{"two texts in a row", token.line};  // as triple quotes look; libtorch writes neither
            const bool qualified = token.kind == TokenKind::name && token.text == "ops" && before(index).text != ".";
            const std::string found = qualified ? in_qualified(index) : in_name(index);
            if (!found.empty()) return Finding{found, token.line};
            index += qualified ? 5 : 1;
        }
        return std::nullopt;
    }

private:
    static constexpr Token nothing{TokenKind::sign, "", 0};
    const Token& before(std::size_t index) const { return index > 0 ? tokens_[index - 1] : nothing; }
    const Token& at(std::size_t index) const { return index < tokens_.size() ? tokens_[index] : nothing; }

    std::string in_operator(std::string_view name) const {
        if (std::ranges::binary_search(allowed, name) || !is_operator_(std::string(name))) return "";
        return "the operator aten::" + std::string(name) + ", which " + why(name);
    }

    std::string in_name(std::size_t index) const {
        const Token& token = tokens_[index];
        if (token.kind != TokenKind::name) return "";
        const std::string name(token.text);
        if (called_at_load(name)) return name + ", which " + why(name);
        if (before(index).text == "." || before(index).kind == TokenKind::number) {
            if (name == "classes" && index >= 2 && tokens_[index - 2].text == "torch")
                return "torch.classes, whose members are code outside the file";
            return in_operator(name);
        }
        if (contains(forbidden, name)) return name + ", which " + why(name);
        return name == "getattr" ? in_getattr(index) : "";
    }

    // ops.namespace.name: operators outside aten.
    std::string in_qualified(std::size_t index) const {
        if (at(index + 1).text != "." || at(index + 3).text != ".") return "ops without a namespace and a name";
        const std::string space(at(index + 2).text), name(at(index + 4).text);
        const bool known = (space == "prim" && contains(prim_allowed, name)) ||
                           (space == "aten" && std::ranges::binary_search(allowed, std::string_view(name)));
        return known ? "" : "the operator " + space + "::" + name + ", which " + why(name);
    }

    // getattr(object, "name"): for a module name that is not an identifier; the same rules apply to the name.
    std::string in_getattr(std::size_t index) const {
        int depth = 0;
        std::size_t last = index + 1;
        for (; last < tokens_.size(); ++last) {
            const Token& token = tokens_[last];
            if (token.kind == TokenKind::sign && std::string_view("([{").find(token.text) != std::string_view::npos) ++depth;
            if (token.kind == TokenKind::sign && std::string_view(")]}").find(token.text) != std::string_view::npos) --depth;
            if (depth <= 0) break;
        }
        if (last >= tokens_.size() || last < index + 5 || tokens_[index + 1].text != "(") return "getattr without a plain name";
        const Token& name = tokens_[last - 1];
        if (name.kind != TokenKind::string || tokens_[last - 2].text != "," || name.text.find('\\') != std::string_view::npos)
            return "getattr without a plain name";
        if (called_at_load(name.text) || name.text == "classes") return "getattr of " + std::string(name.text);
        return in_operator(name.text);
    }

    const std::vector<Token>& tokens_;
    const IsOperator& is_operator_;
};

}  // namespace

std::optional<Finding> forbidden_in_code(std::string_view code, const IsOperator& is_operator) {
    const std::vector<Token> tokens = tokens_of(code);
    return Reader(tokens, is_operator).first();
}

}  // namespace paramnet
