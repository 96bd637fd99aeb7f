/* For LD_PRELOAD: a machine without a network. Each name that is looked up and each address of a network that is
 * connected or sent to becomes a line of the file OVERHEARD, and is refused: nothing leaves the process.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#define NEXT(name, type) ((type)dlsym(RTLD_NEXT, name))

static void note(const char *call, const char *whom) {
    const char *path = getenv("OVERHEARD");
    FILE *log = path ? fopen(path, "a") : NULL;
    if (!log) abort(); /* rather than seeming to hear nothing */
    fprintf(log, "%s %s\n", call, whom);
    fclose(log);
}

/* Whether the address is one of a network, and so was noted and is to be refused. */
static int of_a_network(const char *call, const struct sockaddr *address) {
    char text[INET6_ADDRSTRLEN] = "";
    if (!address) return 0;
    if (address->sa_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)address)->sin_addr, text, sizeof text);
    else if (address->sa_family == AF_INET6)
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)address)->sin6_addr, text, sizeof text);
    else
        return 0;
    note(call, text);
    errno = ENETUNREACH;
    return 1;
}

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
    (void)service, (void)hints, (void)found;
    note("getaddrinfo", node ? node : "");
    return EAI_FAIL;
}

int connect(int fd, const struct sockaddr *address, socklen_t length) {
    if (of_a_network("connect", address)) return -1;
    return NEXT("connect", int (*)(int, const struct sockaddr *, socklen_t))(fd, address, length);
}

ssize_t sendto(int fd, const void *data, size_t size, int flags, const struct sockaddr *address, socklen_t length) {
    if (of_a_network("sendto", address)) return -1;
    typedef ssize_t (*call)(int, const void *, size_t, int, const struct sockaddr *, socklen_t);
    return NEXT("sendto", call)(fd, data, size, flags, address, length);
}
