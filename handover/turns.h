/*
 * turns.h: heavy work of many connections on one loop, a little at a time. A handshake is a millisecond of public keys: when a thousand
 * agencies come back together, whoever has records to send would wait for all of them. So each asks for a turn, and in one round of
 * the loop a few have theirs, the first who asked first, before everybody else's sockets have theirs.
 */
#ifndef HANDOVER_TURNS_H
#define HANDOVER_TURNS_H

#include <stdbool.h>
#include <sys/queue.h>
#include <uv.h>

#define TURNS_ROUND 4	/* turns in one round of the loop: two milliseconds */

struct turn {
	TAILQ_ENTRY(turn) all;
	bool asked;
	void (*act)(void *arg);
	void *arg;
};

struct turns {
	uv_idle_t idle;
	TAILQ_HEAD(, turn) waiting;
};

void turns_init(struct turns *t, uv_loop_t *loop);
/* Nobody waits any more. done may be NULL. */
void turns_close(struct turns *t, uv_close_cb done);
/* act(arg) is called in a round to come, once; who has asked already keeps his place. */
void turn_ask(struct turns *t, struct turn *w, void (*act)(void *arg), void *arg);
/* Not any more. */
void turn_forget(struct turns *t, struct turn *w);

#endif
