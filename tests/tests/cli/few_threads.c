/* Lets a process have as many threads beside its first as LACRE_TEST_THREADS says, as the pids limit of a container does. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

static atomic_int alive;

struct work {
    void *(*run)(void *);
    void *argument;
};

static void *counted(void *given) {
    struct work work = *(struct work *)given;
    free(given);
    void *result = work.run(work.argument);
    atomic_fetch_sub(&alive, 1);
    return result;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument) {
    int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) = dlsym(RTLD_NEXT, "pthread_create");
    const char *most = getenv("LACRE_TEST_THREADS");
    if (most && atomic_fetch_add(&alive, 1) >= atoi(most)) {
        atomic_fetch_sub(&alive, 1);
        return EAGAIN;
    }
    struct work *work = malloc(sizeof *work);
    *work = (struct work){run, argument};
    return real(thread, attributes, counted, work);
}
