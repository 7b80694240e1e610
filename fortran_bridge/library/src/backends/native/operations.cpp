#include "backends/native/operations.hpp"

#include <array>
#include <utility>

namespace paramnet::native {
namespace {

constexpr std::array<std::pair<const char*, Binary>, 7> binaries{{{"add", Binary::add},
                                                                  {"subtract", Binary::subtract},
                                                                  {"multiply", Binary::multiply},
                                                                  {"divide", Binary::divide},
                                                                  {"minimum", Binary::minimum},
                                                                  {"maximum", Binary::maximum},
                                                                  {"power", Binary::power}}};
constexpr std::array<std::pair<const char*, Unary>, 18> functions{
    {{"negate", Unary::negate}, {"absolute", Unary::absolute}, {"sign", Unary::sign},       {"exp", Unary::exp},
     {"expm1", Unary::expm1},   {"log", Unary::log},           {"log1p", Unary::log1p},     {"sqrt", Unary::sqrt},
     {"tanh", Unary::tanh},     {"sigmoid", Unary::sigmoid},   {"relu", Unary::relu},       {"silu", Unary::silu},
     {"gelu", Unary::gelu},     {"gelu_tanh", Unary::gelu_tanh}, {"leaky_relu", Unary::leaky_relu}, {"clamp", Unary::clamp},
     {"sin", Unary::sin},       {"cos", Unary::cos}}};
constexpr std::array<std::pair<const char*, Kind>, 12> others{{{"input", Kind::input},
                                                              {"output", Kind::output},
                                                              {"cast", Kind::cast},
                                                              {"dense", Kind::dense},
                                                              {"rows", Kind::rows},
                                                              {"concatenate", Kind::concatenate},
                                                              {"sum", Kind::sum},
                                                              {"cumulative_sum", Kind::cumulative_sum},
                                                              {"convolution", Kind::convolution},
                                                              {"normalize", Kind::normalize},
                                                              {"attention", Kind::attention},
                                                              {"lstm", Kind::lstm}}};

// Sets the enumerator called `name`; false when there is none.
template <typename Table, typename Enumerator>
bool named(const Table& table, const std::string& name, Enumerator& result) {
    for (const auto& [word, enumerator] : table)
        if (name == word) {
            result = enumerator;
            return true;
        }
    return false;
}

bool is_new(const Operation& operation) {
    return operation.kind >= Kind::convolution || operation.function.op == Unary::sin || operation.function.op == Unary::cos;
}

std::string matrix_words(Type type, std::int64_t rows) {
    return std::to_string(rows) + (rows == 1 ? " row of " : " rows of ") + name_of(type);
}

}  // namespace

void OperationReader::read(const Json& item, std::size_t count) {
    const std::size_t position = program_.operations.size();
    const JsonReader entry(item, where_, "operations[" + std::to_string(position) + "]");
    const std::string op = entry.string("op");
    Operation operation;
    if (named(binaries, op, operation.binary)) operation.kind = Kind::binary;
    else if (named(functions, op, operation.function.op)) operation.kind = Kind::unary;
    else if (!named(others, op, operation.kind)) entry.fail("op", "one of the format's operations", entry.at("op"));
    if (version_ < 2 && is_new(operation)) entry.fail("op", "an operation of version 1", entry.at("op"));
    if ((operation.kind == Kind::input) != (position == 0))
        entry.fail("op", position ? "input as the first operation only" : "input first", entry.at("op"));
    if ((operation.kind == Kind::output) != (position + 1 == count))
        entry.fail("op", "output as the last operation and no other", entry.at("op"));
    switch (operation.kind) {
        case Kind::binary: binary(entry, operation); break;
        case Kind::dense: dense(entry, operation); break;
        case Kind::rows: rows(entry, operation); break;
        case Kind::concatenate: concatenate(entry, operation); break;
        case Kind::convolution: convolution(entry, operation); break;
        case Kind::normalize: normalize(entry, operation); break;
        case Kind::attention: attention(entry, operation); break;
        case Kind::lstm: lstm(entry, operation); break;
        default: simple(entry, operation); break;
    }
    program_.operations.push_back(std::move(operation));
}

void OperationReader::finish(const JsonReader& document) const {
    if (program_.operations.empty()) document.fail("operations", "input ... output", std::string("none"));
    if (made_ != static_cast<std::int64_t>(program_.values.size()))
        document.fail("values", std::to_string(made_) + " entries, as many as operations make", document.at("values"));
}

// A value made by an earlier operation.
std::int64_t OperationReader::value(const JsonReader& entry, const char* name) const {
    return entry.integer(name, 0, made_ - 1);
}

std::int64_t OperationReader::constant(const JsonReader& entry, const char* name, Type type, bool matrix) const {
    const std::int64_t number = entry.integer(name, 0, static_cast<std::int64_t>(program_.constants.size()) - 1);
    const Constant& found = constant_at(number);
    if (found.type != type || (found.width > 0) != matrix)
        entry.fail(name, std::string(matrix ? "a matrix of " : "one number per row of ") + name_of(type),
                   std::string(found.width ? "a matrix of " : "one number per row of ") + name_of(found.type));
    return number;
}

void OperationReader::makes(const JsonReader& entry, Operation& operation) {
    if (made_ >= static_cast<std::int64_t>(program_.values.size()))
        entry.fail("out", "a value of the document's " + std::to_string(program_.values.size()), entry.at("out"));
    operation.out = entry.integer("out", made_, made_);
    ++made_;
}

void OperationReader::expect(const JsonReader& entry, const char* name, std::int64_t number, Type type,
                             std::int64_t rows) const {
    const Value& found = at(number);
    if (found.type != type || found.rows != rows)
        entry.fail(name, matrix_words(type, rows), matrix_words(found.type, found.rows));
}

Reference OperationReader::reference(const JsonReader& entry, const char* name, Type type, std::int64_t rows) const {
    const JsonReader operand = entry.object(name);
    const bool is_constant = operand.has("constant");
    operand.only({is_constant ? "constant" : "value"});
    const std::int64_t number = is_constant ? constant(operand, "constant", type, false) : value(operand, "value");
    const Value found = is_constant ? Value{type, constant_at(number).rows} : at(number);
    const bool repeats = version_ > 1 ? rows % found.rows == 0 : found.rows == rows || found.rows == 1;
    if (found.type != type || !repeats)
        entry.fail(name, "1 or " + matrix_words(type, rows), matrix_words(found.type, found.rows));
    return {is_constant, number};
}

void OperationReader::binary(const JsonReader& entry, Operation& operation) {
    entry.only({"op", "a", "b", "out"});
    const std::int64_t out = entry.integer("out", made_, static_cast<std::int64_t>(program_.values.size()) - 1);
    const Value result = at(out);
    operation.a = reference(entry, "a", result.type, result.rows);
    operation.b = reference(entry, "b", result.type, result.rows);
    if (operation.a.constant && operation.b.constant)
        entry.fail("b", "a value, as a is a constant", std::string("a constant"));
    makes(entry, operation);
}

void OperationReader::activation(const JsonReader& entry, Operation& operation) {
    if (!entry.has("activation")) return;
    const JsonReader activation = entry.object("activation");
    Function& function = operation.function;
    constexpr std::array allowed{Unary::tanh, Unary::sigmoid,   Unary::relu,      Unary::silu,
                              Unary::gelu, Unary::gelu_tanh, Unary::leaky_relu};
    bool known = false;
    if (named(functions, activation.string("op"), function.op))
        for (const Unary op : allowed) known = known || op == function.op;
    if (!known) activation.fail("op", "tanh, sigmoid, relu, silu, gelu, gelu_tanh or leaky_relu", activation.at("op"));
    if (function.op == Unary::leaky_relu) {
        activation.only({"op", "slope"});
        function.slope = activation.number("slope");
    } else {
        activation.only({"op"});
    }
}

void OperationReader::dense(const JsonReader& entry, Operation& operation) {
    entry.only({"op", "in", "out", "weight", "bias", "activation", "residual", "residual_after"});
    operation.in = {value(entry, "in")};
    operation.weight = constant(entry, "weight", Type::float32, true);
    const Constant& weight = constant_at(operation.weight);
    expect(entry, "in", operation.in[0], Type::float32, weight.width);
    finish_layer(entry, operation, weight.rows);
}

// What a layer adds to its products.
void OperationReader::finish_layer(const JsonReader& entry, Operation& operation, std::int64_t rows) {
    if (entry.has("bias")) vector(entry, "bias", constant_at(operation.weight).rows, operation.bias);
    activation(entry, operation);
    if (entry.has("residual")) {
        operation.residual = value(entry, "residual");
        expect(entry, "residual", operation.residual, Type::float32, rows);
    }
    operation.residual_after = entry.boolean("residual_after");
    makes(entry, operation);
    expect(entry, "out", operation.out, Type::float32, rows);
}

// A constant of `rows` numbers of float32.
void OperationReader::vector(const JsonReader& entry, const char* name, std::int64_t rows, std::int64_t& number) const {
    number = constant(entry, name, Type::float32, false);
    if (constant_at(number).rows != rows)
        entry.fail(name, std::to_string(rows) + " rows", std::to_string(constant_at(number).rows));
}

void OperationReader::simple(const JsonReader& entry, Operation& operation) {
    Function& function = operation.function;
    const bool reads = operation.kind != Kind::input;
    if (reads) operation.in = {value(entry, "in")};
    const Value source = reads ? at(operation.in[0]) : Value{};
    std::int64_t rows_made = operation.kind == Kind::sum ? 1 : source.rows;
    if (operation.kind == Kind::output) {
        entry.only({"op", "in"});
        return expect(entry, "in", operation.in[0], Type::float32, source.rows);
    }
    if (function.op == Unary::leaky_relu) {
        entry.only({"op", "in", "out", "slope"});
        function.slope = entry.number("slope");
    } else if (function.op == Unary::clamp) {
        entry.only({"op", "in", "out", "lower", "upper"});
        function.has_lower = entry.has("lower");
        function.has_upper = entry.has("upper");
        if (function.has_lower) function.lower = entry.number("lower");
        if (function.has_upper) function.upper = entry.number("upper");
    } else if (operation.kind == Kind::sum && version_ > 1 && entry.has("levels")) {
        entry.only({"op", "in", "out", "levels"});
        rows_made = channels(entry, operation, source.rows);
    } else if (reads) {
        entry.only({"op", "in", "out"});
    } else {
        entry.only({"op", "out"});
    }
    makes(entry, operation);
    const Value& result = at(operation.out);
    const Type type = operation.kind == Kind::cast || !reads ? (reads ? result.type : Type::float32) : source.type;
    expect(entry, "out", operation.out, type, reads ? rows_made : result.rows);
}

}  // namespace paramnet::native
