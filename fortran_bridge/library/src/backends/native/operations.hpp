// Reads the operations of a program in order, and checks that each fits the values and constants it names.
#pragma once

#include "artefact/json_reader.hpp"
#include "backends/native/program.hpp"

namespace paramnet::native {

class OperationReader {
public:
    // program: already has its constants and values.
    OperationReader(Program& program, const std::string& where) : program_(program), where_(where) {}

    void read(const Json& item, std::size_t count);
    void finish(const JsonReader& document) const;

private:
    void binary(const JsonReader& entry, Operation& operation);
    void dense(const JsonReader& entry, Operation& operation);
    void activation(const JsonReader& entry, Operation& operation);
    void rows(const JsonReader& entry, Operation& operation);
    void concatenate(const JsonReader& entry, Operation& operation);
    void simple(const JsonReader& entry, Operation& operation);

    std::int64_t value(const JsonReader& entry, const char* name) const;
    std::int64_t constant(const JsonReader& entry, const char* name, Type type, bool matrix) const;
    Reference reference(const JsonReader& entry, const char* name, Type type, std::int64_t rows) const;
    void makes(const JsonReader& entry, Operation& operation);
    void expect(const JsonReader& entry, const char* name, std::int64_t number, Type type, std::int64_t rows) const;
    const Value& at(std::int64_t number) const { return program_.values[static_cast<std::size_t>(number)]; }
    const Constant& constant_at(std::int64_t number) const {
        return program_.constants[static_cast<std::size_t>(number)];
    }

    Program& program_;
    const std::string& where_;
    std::int64_t made_ = 0;  // values so far
};

}  // namespace paramnet::native
