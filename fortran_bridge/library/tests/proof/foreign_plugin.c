/* Replaces the libtorch plug-in, but is not this bridge's: without its entry, with an entry that returns NULL
 * (FOREIGN_EMPTY), or of another bridge (FOREIGN_BRIDGE). */
#include <stdint.h>

#if defined(FOREIGN_EMPTY)
const void *paramnet_torch_plugin(void);
const void *paramnet_torch_plugin(void) { return 0; }
#elif defined(FOREIGN_BRIDGE)
struct plugin {
    uint32_t version;
    const char *bridge, *libtorch;
};
const struct plugin *paramnet_torch_plugin(void);
const struct plugin *paramnet_torch_plugin(void) {
    static const struct plugin other = {1, "0.0.0", "1.0"};
    return &other;
}
#else
int32_t something_else(void);
int32_t something_else(void) { return 1; }
#endif
