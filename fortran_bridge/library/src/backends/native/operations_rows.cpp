// Operations that take and join rows of values.
#include "backends/native/operations.hpp"

namespace paramnet::native {

void OperationReader::rows(const JsonReader& entry, Operation& operation) {
    entry.only({"op", "in", "out", "index"});
    std::int64_t found = 0;
    if (version_ > 1 && entry.at("in").is_array()) {
        found = values(entry, operation);
    } else {
        operation.in = {value(entry, "in")};
        found = at(operation.in[0]).rows;
    }
    operation.index = constant(entry, "index", Type::int32, false);
    const Constant& index = constant_at(operation.index);
    for (std::int64_t row = 0; row < index.rows; ++row) {
        const std::int32_t from = index.as<std::int32_t>()[row];
        if (from < 0 || from >= found)
            entry.fail("index", "rows from 0 to " + std::to_string(found - 1), std::to_string(from));
    }
    makes(entry, operation);
    expect(entry, "out", operation.out, at(operation.in[0]).type, index.rows);
}

// Reads a list of values of one type; returns the number of their rows.
std::int64_t OperationReader::values(const JsonReader& entry, Operation& operation) const {
    const auto& list = entry.array("in", program_.values.size());
    std::int64_t rows = 0;
    for (const auto& item : list) {
        operation.in.push_back(entry.integer(item, "in", 0, made_ - 1));
        rows += at(operation.in.back()).rows;
        if (at(operation.in.back()).type != at(operation.in.front()).type)
            entry.fail("in", "values of one type", std::string("float32 and float64"));
    }
    if (operation.in.empty()) entry.fail("in", "one value at least", std::string("none"));
    return rows;
}

void OperationReader::concatenate(const JsonReader& entry, Operation& operation) {
    entry.only({"op", "in", "out"});
    const std::int64_t rows = values(entry, operation);
    makes(entry, operation);
    expect(entry, "out", operation.out, at(operation.in[0]).type, rows);
}

}  // namespace paramnet::native
