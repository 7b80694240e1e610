// The C ABI: handling of failures without a status argument.
#include <cstdio>
#include <mutex>

#include "capi/support.hpp"

namespace {

struct Hook {
    std::mutex mutex;
    paramnet_error_hook function = nullptr;
    void* context = nullptr;
};

Hook& hook() {
    static Hook one;
    return one;
}

}  // namespace

std::int32_t paramnet_set_error_hook(paramnet_error_hook function, void* context) {
    return paramnet::guarded([&] {
        const std::lock_guard lock(hook().mutex);
        hook().function = function;
        hook().context = context;
    });
}

std::int32_t paramnet_report_failure(std::int32_t status, const char* message) {
    return paramnet::guarded([&] {
        const std::string text = paramnet::word(message, "message");
        paramnet_error_hook function = nullptr;
        void* context = nullptr;
        {
            const std::lock_guard lock(hook().mutex);
            function = hook().function;
            context = hook().context;
        }
        if (function != nullptr)
            function(status, text.c_str(), context);
        else
            std::fprintf(stderr, "paramnet: %s\n", text.c_str());
    });
}
