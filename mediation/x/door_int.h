/* door_int.h: what the door's files share. Internal to door*.c. Lock order: none is held while another is taken, but for a worker's
 * that is taken inside the door's. */
#ifndef MEDIATION_X_DOOR_INT_H
#define MEDIATION_X_DOOR_INT_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/queue.h>

#include <li/buf.h>

#include "handover/netio.h"
#include "mediation/rcu.h"
#include "mediation/x/door.h"

#define DOOR_TURN 256		/* PDUs of X2 a turn of the control loop, so that sockets and timers get theirs */
#define DOOR_VERSION 0x0005	/* TS 103 221-2 V1.6.1: what we say we are */
#define DOOR_MINOR 6		/* the latest minor version that we know of */

/* -- door_queue.c: from the workers to the control loop, in order; what is held up there is set aside by connection (park) -- */

enum item_kind { ITEM_X2, ITEM_OPEN, ITEM_UP, ITEM_DOWN };

struct item {
	STAILQ_ENTRY(item) next;
	enum item_kind kind;
	unsigned conn, sender;
	li_us arrived;
	unsigned odd;		/* what the worker found beside the PDU */
	bool parked;
	size_t product;		/* OPEN: which of the PDU's: 0 its own, then those of its AXRI */
	uint64_t ticket;
	size_t n;
	uint8_t octets[];	/* X2: a PDU; OPEN: its header and attributes; UP, DOWN: a struct door_peer */
};
STAILQ_HEAD(items, item);

struct parked {			/* of a connection whose X2 is held up: all from the first that is */
	TAILQ_ENTRY(parked) next;
	unsigned conn;
	uint64_t first;		/* the ticket of the first that has not passed */
	struct items items;	/* the control loop's */
};
TAILQ_HEAD(all_parked, parked);

struct door_queue {
	pthread_mutex_t lock;
	struct all_parked parked;	/* changed by the control loop with the lock held */
	_Atomic unsigned n_parked;
	size_t parked_items;		/* lock */
	_Atomic size_t parked_octets;
	struct items items;		/* lock */
	size_t n;			/* lock: with those that are being worked off */
	uint64_t issued;		/* lock */
	size_t most;
	_Atomic size_t octets;
	_Atomic uint64_t passed;
};
void door_queue_init(struct door_queue *q, size_t most);
void door_queue_fini(struct door_queue *q);
struct item *door_item(enum item_kind kind, unsigned conn, struct view octets);	/* NULL: no memory */
/* Takes *i and gives its ticket. LI_EFULL: *i stays the caller's. Only X2 can find it full; *first: nobody has been woken for it. */
enum li_err door_queue_put(struct door_queue *q, struct item **i, uint64_t *ticket, bool *first) LI_MUST;
/* Up to `most` of them move to out: the number. */
size_t door_queue_take(struct door_queue *q, struct items *out, size_t most);
/* They are worked off: freed; tickets up to `last`, of the last that was taken, are passed but for those set aside. True: others wait. */
bool door_queue_pass(struct door_queue *q, struct items *worked, uint64_t last);
/* Up to which ticket everything of the connection is worked off. Any thread. */
uint64_t door_queue_passed(struct door_queue *q, unsigned conn);
/* Control loop: sets i aside, behind those of its connection. False: no memory. */
bool door_queue_park(struct door_queue *q, struct item *i);
struct parked *door_queue_parked(struct door_queue *q, unsigned conn);	/* likewise; NULL: none of its items are */
bool door_queue_is_parked(struct door_queue *q, unsigned conn);		/* any thread */
/* Is there room enough that going on is worth it? */
static inline bool door_queue_room(struct door_queue *q)
{
	return atomic_load(&q->octets) <= q->most / 2 && atomic_load(&q->parked_octets) <= q->most;
}

/* -- the door -- */

struct listener {
	struct door *d;
	char *name;
	unsigned kinds;
	char **peers;
	size_t n_peers;
	int fd;
	uint16_t port;
	uv_poll_t poll;			/* of the first worker's loop */
};

struct arrival { int fd; struct listener *l; char address[LI_ADDR_TEXT + 8]; };	/* accepted, on its way to its worker */

struct conn;
TAILQ_HEAD(conns, conn);

struct worker {
	struct door *d;
	unsigned index;
	uv_loop_t loop;
	uv_async_t async;
	uv_timer_t sweep, again;
	uv_prepare_t asleep;
	unsigned handles;
	pthread_t thread;
	bool started, ending;
	struct rcu_reader reader;
	bool online;

	struct conns conns;		/* changed with the lock held */
	struct conns shaking;		/* those of them that are not verified yet, the oldest first */
	struct conns waiting;		/* those that wait for the control loop */
	uint64_t octets_told;
	uint64_t turn_began, turn_octets;	/* ns; of all connections, when it began */

	/* the burst: of the connection that is being read */
	size_t n, n_heads;
	struct view whole[X_BURST];
	struct li_x_pdu head[X_BURST];
	struct { size_t head, product; } from[X_BURST];
	struct x_pdu p[X_BURST];
	enum li_err got[X_BURST];

	pthread_mutex_t lock;
	struct arrival *arrivals;	/* lock */
	size_t n_arrivals, arrivals_size;
	bool alive;			/* lock: async may be used */
	_Atomic bool wants;		/* wake it when tickets have passed */
	_Atomic bool ended;
	_Atomic unsigned load;		/* connections, and MiB of the last second */
	_Atomic uint64_t count[DOOR_COUNTS];	/* written by the worker alone */
};

struct door {
	uv_loop_t *loop;
	uv_async_t async;
	uv_timer_t again;		/* for what is set aside */
	unsigned handles;		/* open: both of them */
	bool stopping, freeing, hurries;	/* hurries: nothing is held up any more */
	const struct door_ops *ops;
	void *arg;
	void (*refused)(void *arg, const struct door_refusal *r);
	void (*peer)(void *arg, const struct door_peer *p);
	void (*stopped)(void *arg);
	void *stopped_arg;
	li_us idle, max_skew;
	struct listener *listen;
	size_t n_listen;
	struct worker *worker;
	unsigned n_workers, next;
	struct senders *senders;
	struct door_queue q;
	size_t torn_most;
	_Atomic size_t torn;
	_Atomic unsigned n_conns, last_conn;
	_Atomic bool stop;

	pthread_mutex_t lock;
	struct tls_ctx *tls;		/* lock */
	struct door_refusal refusal[DOOR_REFUSALS];	/* lock */
	unsigned n_refusals;		/* lock */
};

static inline void door_count(struct worker *w, enum door_count c, uint64_t n)
{
	uint64_t was = atomic_load_explicit(&w->count[c], memory_order_relaxed);

	atomic_store_explicit(&w->count[c], was + n, memory_order_relaxed);
}
void door_wake(struct worker *w);	/* any thread */

/* -- door_worker.c -- */
enum li_err worker_open(struct door *d, unsigned index) LI_MUST;
enum li_err worker_start(struct worker *w) LI_MUST;
void worker_close(struct worker *w);	/* its thread has ended, or was never started */
void worker_left(struct worker *w);	/* a connection of it is gone */
void worker_again(struct worker *w);	/* conn_try() in DOOR_AGAIN_MS */

/* -- door_conn.c: in its worker -- */
enum wait { WAIT_NOT, WAIT_PRODUCTS, WAIT_QUEUE, WAIT_ACKS, WAIT_ROOM };	/* ROOM: at an agency */

struct ack { uint64_t ticket, products; uint16_t version; bool has_sequence; uint32_t sequence; };

/* Products of X3 whose contexts the control loop has been asked to open. Those of other contexts overtake them; each context keeps its
 * order. At the limits the connection is not read: a control loop that stands, or a POI that has nothing but new contexts. */
#define DOOR_WAIT_OCTETS (128u << 10)
#define DOOR_WAIT_PRODUCTS 512
#define DOOR_WAIT_CONTEXTS 64
struct waiting {
	struct buf octets;		/* their PDUs, one after the other */
	const uint8_t *last;		/* while octets are read: where the PDU of the last one stood */
	struct wait_product { uint64_t serial; size_t at, n, product; unsigned context; bool given; li_us arrived; } *product;
	size_t n, size;
	struct wait_context { struct li_xid xid; uint64_t correlation, ticket; unsigned sender; } context[DOOR_WAIT_CONTEXTS];
	unsigned n_contexts;
	bool held_up;			/* one whose context is open, when it was last to be given */
	uint64_t serial;		/* of the next product */
};

struct conn {
	TAILQ_ENTRY(conn) all, shake, wait_list;
	struct netio n;
	struct worker *w;
	const struct listener *l;
	unsigned number;
	bool up, is_shaking, is_gone, is_lost, is_listed, stops, tries;	/* gone: no netio any more; lost: nothing that follows is read */
	enum wait waits;
	uint64_t heard;			/* the loop's ms: a whole PDU came, or it stood */
	li_us arrived;			/* what is being read */
	uint64_t ticket;		/* its last in the queue */
	struct waiting waiting;

	struct buf torn;		/* a PDU of which not all has come */
	bool torn_spent;		/* it is whole and in the burst */
	size_t skip;			/* products of the PDU that comes next which have been given already */
	struct buf held;		/* while it is not read: what comes next */

	struct ack acks[DOOR_ACKS_MAX];
	unsigned first_ack, n_acks;
	uint8_t ack[48];		/* what is left of the one that is being written */
	size_t ack_at, ack_n;
	bool ack_flush;

	unsigned sender;		/* the last one, and what it is called: 0 has no names */
	bool has_sender;
	struct view domain, nfid, ipid;

	struct tls_peer peer;
	uint64_t octets, x2, x3, keepalives;
	li_us last;
	char why[DOOR_WHY_MAX];
	struct door_seen seen;		/* the worker's lock */
};

/* Takes a socket that was accepted. */
void conn_new(struct worker *w, const struct arrival *a);
void conn_try(struct conn *c);			/* it waits: may it go on? */
/* Each second: what is to be seen of it, with the worker's lock held; is it idle? */
void conn_show(struct conn *c);
void conn_look(struct conn *c, uint64_t now);
void conn_stop(struct conn *c);			/* the door closes */

void conn_wait(struct conn *c, enum wait why);	/* it is not read from here on */
void conn_list(struct conn *c);			/* conn_try() when tickets have passed */
bool conn_claim(struct conn *c, size_t n);	/* octets that it keeps, of DOOR_TORN. False: there are no more; it is lost */
void conn_release(struct conn *c, size_t n);
void conn_no_memory(struct conn *c);		/* it is lost */
bool conn_put(struct conn *c, struct item *i);	/* False: the queue is full, i is gone */

/* -- door_burst.c. False: the PDU has to come again, for the connection waits, or is lost -- */
bool burst_x3(struct conn *c, struct view whole, const struct li_x_pdu *head) LI_MUST;
bool burst_x2(struct conn *c, struct view whole, const struct li_x_pdu *head) LI_MUST;
void burst_flush(struct conn *c, bool again);

/* -- door_wait.c -- */
bool wait_has(const struct conn *c, const struct x_pdu *p);	/* do products of its context wait? */
void wait_add(struct conn *c, const struct x_pdu *p, struct view whole, size_t product);
void wait_give(struct conn *c);			/* those whose contexts are open by now */
bool wait_is_full(const struct conn *c);	/* too much to read on; half of that is little enough */
bool wait_is_low(const struct conn *c);
void wait_fini(struct conn *c);
/* For it: a product of the burst's PDU h; the burst goes up when it is full. */
size_t burst_head(struct worker *w, struct view whole, const struct li_x_pdu *head);
void burst_stamp(struct conn *c, struct x_pdu *p, li_us arrived);
/* Has this product of X3 to wait for room where it goes? */
bool burst_holds_up(struct conn *c, const struct x_pdu *p);

/* -- door_keepalive.c -- */
bool keepalive_take(struct conn *c, const struct li_x_pdu *head) LI_MUST;
void keepalive_answer(struct conn *c);		/* those that may be acknowledged by now */
bool keepalive_owed(const struct conn *c);	/* the oldest may be: it is the POI's turn to read */

#endif
