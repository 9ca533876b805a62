/*
 * rcu.h: when may memory go that other threads read without locks? liburcu's QSBR flavour, behind wrappers whose
 * happens-before is told in C11 atomics, so that ThreadSanitizer sees it too.
 *
 * A reader thread says now and then that it holds no pointer (quiescent) and, while it sleeps, that it cannot get one
 * (offline). The control loop unpublishes an object with a release store and gives it to rcu_defer(): a thread of ours
 * waits until every reader has been quiescent, then runs the function. Nobody else ever waits.
 */
#ifndef MEDIATION_RCU_H
#define MEDIATION_RCU_H

#include <stdatomic.h>

#include <li/err.h>

/* One a reader thread, in memory of its own. */
struct rcu_reader {
	atomic_uint passed;	/* stored at each quiescent state: carries what the reader did to who frees */
	struct rcu_reader *next;
};

/* Registers the calling thread; it is online afterwards. */
void rcu_reader_begin(struct rcu_reader *r);
/* All of these: the calling thread is r's own. Between quiescent states whatever a reader has found stays there; a
 * reader that is online and silent holds all memory back, so go offline before anything that may take long. */
void rcu_reader_quiescent(struct rcu_reader *r);
void rcu_reader_offline(struct rcu_reader *r);
void rcu_reader_online(struct rcu_reader *r);
void rcu_reader_end(struct rcu_reader *r);

/* Work for after a grace period; embedded in what is to be freed, so that deferring cannot fail. */
struct rcu_node {
	struct rcu_node *next;
	void (*fn)(void *arg);
	void *arg;
};

/* Starts the thread that frees. LI_EIO: no thread. Calls nest: as many stops as starts. */
enum li_err rcu_start(void) LI_MUST;
/* Runs what is deferred still, then ends the thread. */
void rcu_stop(void);

/* fn(arg) once every reader has been quiescent, in the order of the calls, on the freeing thread: it may free and may
 * store to atomics, no more. Never waits, except when no thread was started: then the grace period is awaited here (a tool or a
 * test without readers needs no thread). Not from an fn. */
void rcu_defer(struct rcu_node *n, void (*fn)(void *arg), void *arg);
/* Waits until everything deferred before this call has run. Not by an online reader, nor from an fn. */
void rcu_barrier(void);

#endif
