// A netCDF file of the classic 64-bit-offset format, through netCDF-C: no HDF5, so that a full disk is an ordinary error
// and nothing is shared with the host's own parallel HDF5.  Every failure is an Error with the name of the file.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace paramnet {

class NetcdfFile {
public:
    static NetcdfFile create(const std::string& path);
    static NetcdfFile open(const std::string& path, bool writable);

    NetcdfFile(NetcdfFile&& other) noexcept;
    NetcdfFile(const NetcdfFile&) = delete;
    NetcdfFile& operator=(const NetcdfFile&) = delete;
    NetcdfFile& operator=(NetcdfFile&&) = delete;
    ~NetcdfFile();  // closes without completing

    int add_dimension(const std::string& name, std::size_t size);  // 0: unlimited
    int add_variable(const std::string& name, bool wide, const std::vector<int>& dimensions);
    void attribute(int variable, const std::string& name, const std::string& value);
    void attribute(int variable, const std::string& name, const std::vector<double>& values, bool wide = true);
    void end_definitions();

    int variable(const std::string& name) const;
    std::vector<double> numbers(const std::string& name) const;  // of a variable of one dimension
    std::string text_attribute(const std::string& name) const;   // global; "" if there is none
    std::vector<double> attribute_numbers(int variable, const std::string& name) const;

    void put(int variable, const std::vector<double>& values);
    void put(int variable, std::size_t record, double value);
    void put(int variable, std::size_t record, const std::vector<std::size_t>& extents, const std::vector<float>& values);
    void close();

    static constexpr int whole_file = -1;  // as `variable` of an attribute

private:
    NetcdfFile(std::string path, int handle);
    void require(int code, const std::string& what) const;

    std::string path_;
    int handle_;
};

}  // namespace paramnet
