// Reads the operations of a program in order, and checks that each fits the values and constants it names.
#pragma once

#include "artefact/json_reader.hpp"
#include "backends/native/program.hpp"

namespace paramnet::native {

class OperationReader {
public:
    // program: already has its constants and values.
    OperationReader(Program& program, std::int64_t version, const std::string& where)
        : program_(program), version_(version), where_(where) {}

    void read(const Json& item, std::size_t count);
    void finish(const JsonReader& document) const;

private:
    void binary(const JsonReader& entry, Operation& operation);
    void dense(const JsonReader& entry, Operation& operation);
    void finish_layer(const JsonReader& entry, Operation& operation, std::int64_t rows);
    void activation(const JsonReader& entry, Operation& operation);
    void rows(const JsonReader& entry, Operation& operation);
    void concatenate(const JsonReader& entry, Operation& operation);
    void simple(const JsonReader& entry, Operation& operation);

    // Of version 2 (operations_levels.cpp).
    void convolution(const JsonReader& entry, Operation& operation);
    void normalize(const JsonReader& entry, Operation& operation);
    void attention(const JsonReader& entry, Operation& operation);
    void lstm(const JsonReader& entry, Operation& operation);
    void vector(const JsonReader& entry, const char* name, std::int64_t rows, std::int64_t& number) const;
    std::int64_t channels(const JsonReader& entry, Operation& operation, std::int64_t rows) const;

    std::int64_t value(const JsonReader& entry, const char* name) const;
    std::int64_t values(const JsonReader& entry, Operation& operation) const;
    std::int64_t constant(const JsonReader& entry, const char* name, Type type, bool matrix) const;
    Reference reference(const JsonReader& entry, const char* name, Type type, std::int64_t rows) const;
    void makes(const JsonReader& entry, Operation& operation);
    void expect(const JsonReader& entry, const char* name, std::int64_t number, Type type, std::int64_t rows) const;
    const Value& at(std::int64_t number) const { return program_.values[static_cast<std::size_t>(number)]; }
    const Constant& constant_at(std::int64_t number) const {
        return program_.constants[static_cast<std::size_t>(number)];
    }

    Program& program_;
    std::int64_t version_;
    const std::string& where_;
    std::int64_t made_ = 0;  // values so far
};

}  // namespace paramnet::native
