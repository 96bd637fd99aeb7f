/* A driver's libnvidia-ml.so.1 without a driver: what real cards answer, and how they fail, by FAKE_NVML's profile.
 *
 * What a test says, it says in the environment, or in lines NAME=VALUE of the file FAKE_NVML_SAID, which may change
 * while the library is in use. FAKE_NVML_HANG names functions that do not return for five minutes, or until they are
 * named no more; "constructor" is the loading of the library. FAKE_NVML_<QUANTITY> is what is answered instead.
 *
 * Only what advisor/ asks is here. Layouts and numbers are those of NVIDIA's nvml.h. OLD_DRIVER leaves out what
 * drivers before R510 lack, ANCIENT_DRIVER even the way to open it: a function that is missing cannot be played.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    SUCCESS = 0, UNINITIALIZED = 1, NOT_SUPPORTED = 3, NO_PERMISSION = 4, NOT_FOUND = 6, INSUFFICIENT_SIZE = 7,
    DRIVER_NOT_LOADED = 9, GPU_IS_LOST = 15, LIB_RM_VERSION_MISMATCH = 18, UNKNOWN = 999
};

typedef unsigned long long u64;
typedef struct { u64 total, free, used; } memory_v1;
typedef struct { unsigned version; u64 total, reserved, free, used; } memory_v2;
typedef struct { unsigned pid; u64 used; unsigned gpu_instance, compute_instance; } process;
typedef struct {
    char legacy_bus_id[16];
    unsigned domain, bus, device, device_id, subsystem_id;
    char bus_id[32];
} pci_info;
typedef struct { unsigned gpu, memory; } rates;

#define GIB (1ULL << 30)
#define MIB (1ULL << 20)
#define NOT_AVAILABLE 0xFFFFFFFFFFFFFFFFULL
#define GHOST 4194999u /* above the largest pid that Linux gives */
#define PART 100       /* a handle is 1 + the card's index, and PART * (1 + the part's index) on top for a part */

/* What cards are sold as, by profile; a T4 where none is named. */
static const struct { const char *profile, *name; int major, minor; u64 gib; } models[] = {
    {"gtx_1060", "NVIDIA GeForce GTX 1060 6GB", 6, 1, 6},
    {"p40", "Tesla P40", 6, 1, 24},
    {"v100", "Tesla V100-SXM2-16GB", 7, 0, 16},
    {"rtx_3060_laptop", "NVIDIA GeForce RTX 3060 Laptop GPU", 8, 6, 6},
    {"rtx_4090", "NVIDIA GeForce RTX 4090", 8, 9, 24},
    {"a10", "NVIDIA A10", 8, 6, 24},
    {"h100", "NVIDIA H100 80GB HBM3", 9, 0, 80},
    {"b200", "NVIDIA B200", 10, 0, 180},
    {"jetson", "Orin (nvgpu)", 8, 7, 15},
    {"pascal_and_ada", "NVIDIA GeForce GTX 1060 6GB", 6, 1, 6},
    {"pascal_and_blackwell", "NVIDIA GeForce GTX 1060 6GB", 6, 1, 6},
    {"t4", "Tesla T4", 7, 5, 15}, /* the last: any other profile */
};

static int inits, opened, memory_reads;

/* What the test says of a name; NULL for nothing. Good until the same thread has asked eight times more. */
static const char *told(const char *name) {
    static __thread char kept[8][256];
    static __thread unsigned turn;
    const char *path = getenv("FAKE_NVML_SAID"), *found = getenv(name);
    FILE *file = path ? fopen(path, "r") : NULL;
    if (!file) return found;
    char line[256];
    size_t length = strlen(name);
    while (fgets(line, sizeof line, file)) {
        if (strncmp(line, name, length) || line[length] != '=') continue;
        char *own = kept[turn++ % 8];
        line[strcspn(line, "\n")] = 0;
        strcpy(own, line + length + 1);
        found = own;
    }
    fclose(file);
    return found;
}

static int is(const char *profile) {
    const char *chosen = told("FAKE_NVML");
    return chosen && strcmp(chosen, profile) == 0;
}

static u64 number(const char *name, u64 otherwise) {
    const char *said = told(name);
    return said ? strtoull(said, NULL, 10) : otherwise;
}

/* A line in the file FAKE_NVML_LOG, which all processes share: tests count them. */
static void note(const char *what) {
    const char *path = told("FAKE_NVML_LOG");
    int file = path ? open(path, O_WRONLY | O_CREAT | O_APPEND, 0600) : -1;
    if (file < 0) return;
    if (write(file, what, strlen(what)) < 0) abort();
    close(file);
}

static int is_named(const char *names, const char *name) {
    size_t length = strlen(name);
    for (const char *at = names; at && (at = strstr(at, name)); at += length) {
        char end = at[length];
        if ((at == names || at[-1] == ',') && (end == 0 || end == ',')) return 1;
    }
    return 0;
}

/* Does not return while its name is in FAKE_NVML_HANG, and heeds no signal that can be ignored. */
static void hang(const char *name) {
    static const int ignored[] = {SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGQUIT, SIGALRM};
    if (!is_named(told("FAKE_NVML_HANG"), name)) return;
    note("hang\n");
    for (size_t each = 0; each < sizeof ignored / sizeof *ignored; each++) signal(ignored[each], SIG_IGN);
    for (int tenth = 0; tenth < 3000 && is_named(told("FAKE_NVML_HANG"), name); tenth++) usleep(100000);
}
#define MAY_HANG hang(__func__)

__attribute__((constructor)) static void loaded(void) { hang("constructor"); }

/* The process that is not a stranger, by default the one whose child asks, and what it holds. */
static unsigned own_pid(void) { return (unsigned)number("FAKE_NVML_PID", (u64)getppid()); }
static u64 own_bytes(void) { return number("FAKE_NVML_MIB", 3 * 1024) * MIB; }
static u64 strangers_bytes(void) { return is("stranger") ? 9 * GIB : GIB; }
static u64 told_bytes(u64 true_bytes) { return number("FAKE_NVML_PROCESS", true_bytes); }

static int has_two(void) { return is("pascal_and_ada") || is("pascal_and_blackwell") || is("two_unequal") || is("two_alike") || is("lost") || is("lost_for_good"); }
static int is_unified(void) { return is("unified") || is("jetson"); }
static int is_divided(void) { return is("a100_mig") || is("mig_refused"); }
static size_t model(void) {
    size_t found = 0;
    while (found < sizeof models / sizeof *models - 1 && !is(models[found].profile)) found++;
    return found;
}
static int card_of(void *handle) { return (int)((size_t)handle % PART) - 1; }
static int part_of(void *handle) { return (int)((size_t)handle / PART) - 1; }

#ifndef ANCIENT_DRIVER
int nvmlInitWithFlags(unsigned flags) {
    (void)flags;
    note("init\n");
    MAY_HANG;
    if (is("crash")) abort();
    if (is("not_loaded")) return DRIVER_NOT_LOADED;
    if (is("mismatch")) return LIB_RM_VERSION_MISMATCH;
    if (is("unexplained")) return UNKNOWN;
    if (is("slow")) usleep(100000); /* so that whoever does not wait for it finds nothing */
    if (is("late") && inits++ == 0) return DRIVER_NOT_LOADED;
    inits += !is("late");
    opened++;
    note("opened\n");
    return SUCCESS;
}
#endif

int nvmlShutdown(void) {
    MAY_HANG;
    if (!opened) return UNINITIALIZED;
    opened--;
    note("closed\n");
    return SUCCESS;
}

const char *nvmlErrorString(int code) { (void)code; return "an error"; }

int nvmlSystemGetDriverVersion(char *text, unsigned size) {
    MAY_HANG;
    snprintf(text, size, "550.54.15");
    return SUCCESS;
}

int nvmlSystemGetCudaDriverVersion(int *version) { MAY_HANG; *version = (int)number("FAKE_NVML_CUDA_VERSION", 12040); return SUCCESS; }

int nvmlDeviceGetCount_v2(unsigned *count) {
    MAY_HANG;
    *count = (unsigned)number("FAKE_NVML_COUNT", is("no_card") ? 0 : is("eight") ? 8 : has_two() ? 2 : 1);
    return SUCCESS;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **handle) {
    MAY_HANG;
    if (is("no_permission")) return NO_PERMISSION;
    if (index > 7 || index == number("FAKE_NVML_GAP", 8)) return GPU_IS_LOST;
    if (is("lost_for_good") && index == 1 && inits > 1) return GPU_IS_LOST;
    *handle = (void *)(size_t)(index + 1);
    return SUCCESS;
}

int nvmlDeviceGetName(void *handle, char *text, unsigned size) {
    MAY_HANG;
    const char *name = models[model()].name;
    if (is_divided()) name = part_of(handle) < 0 ? "NVIDIA A100-SXM4-40GB" : "NVIDIA A100-SXM4-40GB MIG 3g.20gb";
    if (card_of(handle) == 1 && (is("two_unequal") || is("pascal_and_ada"))) name = "NVIDIA GeForce RTX 4090";
    if (card_of(handle) == 1 && is("pascal_and_blackwell")) name = "NVIDIA GeForce RTX 5090";
    if (is("no_text")) name = "Tesla \xff\xfe";
    snprintf(text, size, "%s", told("FAKE_NVML_NAME") ? told("FAKE_NVML_NAME") : name);
    return SUCCESS;
}

int nvmlDeviceGetUUID(void *handle, char *text, unsigned size) {
    MAY_HANG;
    static const char *tail = "-0000-4000-8000-000000000000";
    if (told("FAKE_NVML_UUID")) snprintf(text, size, "%s", told("FAKE_NVML_UUID"));
    else if (part_of(handle) >= 0) snprintf(text, size, "MIG-%d%d345678%s", card_of(handle), part_of(handle), tail);
    else snprintf(text, size, "GPU-a%d345678%s", card_of(handle), tail);
    return SUCCESS;
}

int nvmlDeviceGetPciInfo_v3(void *handle, pci_info *info) {
    MAY_HANG;
    /* Against NVML's order, which NVIDIA promises nothing about. */
    unsigned bus = card_of(handle) == 0 ? 0x3b : 0x19 + (unsigned)card_of(handle);
    memset(info, 0, sizeof *info);
    info->bus = bus;
    snprintf(info->bus_id, sizeof info->bus_id, "00000000:%02X:00.0", bus);
    return SUCCESS;
}

int nvmlDeviceGetCudaComputeCapability(void *handle, int *major, int *minor) {
    MAY_HANG;
    *major = models[model()].major, *minor = models[model()].minor;
    if (is_divided()) *major = 8, *minor = 0;
    if (card_of(handle) == 1 && (is("two_unequal") || is("pascal_and_ada"))) *major = 8, *minor = 9;
    if (card_of(handle) == 1 && is("pascal_and_blackwell")) *major = 12, *minor = 0;
    *major = (int)number("FAKE_NVML_CAPABILITY", (u64)*major);
    return SUCCESS;
}

/* Total, reserved and free of a card or a part. */
static int memory_of(void *handle, u64 *total, u64 *reserved, u64 *unused) {
    int card = card_of(handle);
    if (is_divided()) {
        if (part_of(handle) < 0) return is("mig_refused") ? NOT_SUPPORTED : NO_PERMISSION;
        *total = 20 * GIB, *reserved = 0, *unused = (19 - part_of(handle)) * GIB;
        return SUCCESS;
    }
    if (is_unified()) return NOT_SUPPORTED;
    if (is("unloaded_midway") && memory_reads++ >= 1) return DRIVER_NOT_LOADED;
    if ((is("lost") || is("lost_for_good")) && card == 1 && inits == 1 && memory_reads++ >= 1) return GPU_IS_LOST;
    *total = card != 1 ? models[model()].gib * GIB : is("two_unequal") || is("pascal_and_ada") ? 24 * GIB
           : is("pascal_and_blackwell") ? 32 * GIB : 15 * GIB;
    *reserved = 400 * MIB;
    *unused = *total - *reserved - strangers_bytes() - own_bytes();
    if (is("shrinking")) *unused -= GIB * memory_reads++;
    if (is("full")) *unused = 0;
    if (is("unified_zero")) *total = *reserved = *unused = 0;
    if (is("sentinel")) *total = *reserved = *unused = NOT_AVAILABLE;
    *total = number("FAKE_NVML_TOTAL", *total), *unused = number("FAKE_NVML_FREE", *unused);
    *reserved = number("FAKE_NVML_RESERVED", *reserved);
    return SUCCESS;
}

int nvmlDeviceGetMemoryInfo(void *handle, memory_v1 *info) {
    MAY_HANG;
    u64 reserved;
    int code = memory_of(handle, &info->total, &reserved, &info->free);
    info->used = number("FAKE_NVML_USED", info->total - info->free);
    return code;
}

#ifndef OLD_DRIVER
int nvmlDeviceGetMemoryInfo_v2(void *handle, memory_v2 *info) {
    MAY_HANG;
    if (is("wsl")) return UNKNOWN;
    int code = memory_of(handle, &info->total, &info->reserved, &info->free);
    info->used = number("FAKE_NVML_USED", info->total - info->free - info->reserved);
    return code;
}
#endif

int nvmlDeviceGetUtilizationRates(void *handle, rates *found) {
    MAY_HANG;
    (void)handle;
    if (is("wsl") || is_divided()) return NOT_SUPPORTED;
    found->gpu = (unsigned)number("FAKE_NVML_UTILISATION", 35), found->memory = 12;
    return SUCCESS;
}

int nvmlDeviceGetTemperature(void *handle, int sensor, unsigned *degrees) {
    MAY_HANG;
    (void)handle, (void)sensor;
    *degrees = (unsigned)number("FAKE_NVML_TEMPERATURE", 52);
    return SUCCESS;
}

int nvmlDeviceGetPowerUsage(void *handle, unsigned *milliwatts) {
    MAY_HANG;
    (void)handle;
    if (is_unified()) return NOT_SUPPORTED;
    *milliwatts = (unsigned)number("FAKE_NVML_POWER", 30500);
    return SUCCESS;
}

int nvmlDeviceGetEnforcedPowerLimit(void *handle, unsigned *milliwatts) {
    MAY_HANG;
    (void)handle;
    if (is_unified()) return NOT_SUPPORTED;
    *milliwatts = (unsigned)number("FAKE_NVML_POWER_LIMIT", 70000);
    return SUCCESS;
}

int nvmlDeviceGetClockInfo(void *handle, int type, unsigned *mhz) {
    MAY_HANG;
    (void)handle;
    *mhz = (unsigned)(type == 2 ? number("FAKE_NVML_MEMORY_CLOCK", 5000) : number("FAKE_NVML_CLOCK", 585));
    return SUCCESS;
}

int nvmlDeviceGetMaxClockInfo(void *handle, int type, unsigned *mhz) {
    MAY_HANG;
    (void)handle, (void)type;
    *mhz = (unsigned)number("FAKE_NVML_CLOCK_MAX", 1590);
    return SUCCESS;
}

/* Power cap and software heat, unless a test says otherwise. */
static int throttles(u64 *bits) { *bits = number("FAKE_NVML_THROTTLES", 0x4 | 0x20); return SUCCESS; }

int nvmlDeviceGetCurrentClocksThrottleReasons(void *handle, u64 *bits) { MAY_HANG; (void)handle; return throttles(bits); }

#ifndef OLD_DRIVER
int nvmlDeviceGetCurrentClocksEventReasons(void *handle, u64 *bits) { MAY_HANG; (void)handle; return throttles(bits); }
#endif

static int list(unsigned *count, process *found, const process *all, unsigned held) {
    unsigned room = *count;
    if (is("wsl")) return NOT_SUPPORTED;
    *count = (unsigned)number("FAKE_NVML_LISTED", held); /* a list that is longer than it is */
    if (!*count) return SUCCESS;
    if (!found || room < held) return INSUFFICIENT_SIZE;
    memcpy(found, all, held * sizeof *all);
    return SUCCESS;
}

static int computing(unsigned *count, process *found) {
    u64 own = is("wddm") ? NOT_AVAILABLE : own_bytes();
    process all[] = {{GHOST, is("wddm") ? NOT_AVAILABLE : strangers_bytes(), 0, 0}, {own_pid(), told_bytes(own), 0, 0}};
    return list(count, found, all, is("full") ? 0 : 2);
}

static int drawing(unsigned *count, process *found) {
    process all[] = {{own_pid(), is("wddm") ? NOT_AVAILABLE : 10 * MIB, 0, 0}};
    return list(count, found, all, is("full") ? 0 : 1);
}

#ifdef OLD_DRIVER
int nvmlDeviceGetComputeRunningProcesses_v2(void *h, unsigned *n, process *p) { MAY_HANG; (void)h; return computing(n, p); }
int nvmlDeviceGetGraphicsRunningProcesses_v2(void *h, unsigned *n, process *p) { MAY_HANG; (void)h; return drawing(n, p); }
#else
int nvmlDeviceGetComputeRunningProcesses_v3(void *h, unsigned *n, process *p) { MAY_HANG; (void)h; return computing(n, p); }
int nvmlDeviceGetGraphicsRunningProcesses_v3(void *h, unsigned *n, process *p) { MAY_HANG; (void)h; return drawing(n, p); }

int nvmlDeviceGetMigMode(void *handle, unsigned *now, unsigned *next) {
    MAY_HANG;
    (void)handle;
    if (!is_divided()) return NOT_SUPPORTED;
    *now = *next = 1;
    return SUCCESS;
}
#endif

int nvmlDeviceGetMaxMigDeviceCount(void *handle, unsigned *count) { MAY_HANG; (void)handle; *count = (unsigned)number("FAKE_NVML_PARTS", 7); return SUCCESS; }

int nvmlDeviceGetMigDeviceHandleByIndex(void *handle, unsigned index, void **part) {
    MAY_HANG;
    if (index != 0 && index != 2) return NOT_FOUND;
    *part = (void *)((size_t)handle + PART * (index + 1));
    return SUCCESS;
}

int nvmlDeviceGetGpuInstanceId(void *handle, unsigned *id) { MAY_HANG; *id = part_of(handle) + 1; return SUCCESS; }
int nvmlDeviceGetComputeInstanceId(void *handle, unsigned *id) { MAY_HANG; (void)handle; *id = 0; return SUCCESS; }
