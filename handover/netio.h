/*
 * netio.h: one TCP connection with TLS on a libuv loop, either end. Octets come up by ops->data, go down by
 * netio_put(); the struct owns its handles by value and may be freed in ops->closed and not before.
 */
#ifndef HANDOVER_NETIO_H
#define HANDOVER_NETIO_H

#include <uv.h>

#include "handover/tls.h"
#include "handover/turns.h"

struct netio;

/* On the loop's thread. Each may call netio_put, _flush, _end, _close; none may free the netio but closed. */
struct netio_ops {
	void (*up)(struct netio *n);			/* TLS stands, the peer is verified: tls_peer(n->tls) */
	void (*data)(struct netio *n, struct view plain);	/* borrowed; also after netio_end, not after netio_close */
	void (*sent)(struct netio *n);			/* the send buffer has room again; NULL allowed */
	void (*closed)(struct netio *n, const char *why);	/* once, last, whatever happened; why is for people */
};

struct netio {
	uint32_t magic;
	void *arg;			/* the owner's */
	const struct netio_ops *ops;
	struct tls *tls;
	uv_tcp_t tcp;
	uv_timer_t timer;		/* patience with a handshake, with a goodbye */
	uv_connect_t connecting;
	uv_write_t writing;
	uv_shutdown_t ending;
	uint8_t *in, *plain;		/* read buffer, plaintext */
	/* The owner's, between netio_init and netio_connect: a handshake's steps wait for a turn; NULL: they do not. */
	struct turns *turns;
	struct turn turn;
	bool begun;			/* it reads */
	unsigned open;			/* handles that are not closed yet */
	bool up, busy, closing;		/* busy: a write is under way */
	bool paused, feeding;
	bool clean;			/* for ops->closed: the peer has said goodbye, or we have when all was written */
	/* The owner's: when the socket refuses what we send, what the peer had sent before still comes up, also after a pause. */
	bool hear_out;
	int broken;			/* it has refused, and that is still to be done */
	struct view rest;		/* paused: of what was read, what has not come up */
	enum { NETIO_LASTING, NETIO_ENDING, NETIO_BYE } end;	/* ENDING: when all is written, BYE: close_notify too */
	unsigned patience;		/* ms: NETIO_PATIENCE_MS; may be changed before netio_connect or netio_accept */
	uint64_t octets_in, octets_out;	/* on the wire */
	char why[TLS_ERR_TEXT];
	struct tls_refusal refused;	/* for ops->closed; check NULL: nobody was refused */
};

#define NETIO_PATIENCE_MS 30000	/* TCP and TLS must stand within this, and a goodbye be taken, or the connection is closed */

/* Prepares n; arg is its owner. names: what the peer's certificate must bear (one of them). After LI_OK only
 * ops->closed ends its life; after an error nothing of it is on the loop. LI_ENOMEM, LI_EIO. */
enum li_err netio_init(struct netio *n, uv_loop_t *loop, struct tls_ctx *x, const char *const names[], size_t n_names,
		       const struct netio_ops *ops, void *arg) LI_MUST;
/* Then one of these; LI_EIO: the netio is closing by itself (ops->closed follows), n->why says why. */
enum li_err netio_connect(struct netio *n, const struct sockaddr *to) LI_MUST;
enum li_err netio_accept(struct netio *n, uv_stream_t *listener) LI_MUST;
enum li_err netio_adopt(struct netio *n, int fd) LI_MUST;	/* one that was accepted elsewhere; n's from here on, whatever it returns */

/* As tls_put() and tls_flush(); a full record goes to the socket by itself. LI_ESTATE: closing, ending or
 * refused by the socket. */
enum li_err netio_put(struct netio *n, struct view *v) LI_MUST;
enum li_err netio_flush(struct netio *n) LI_MUST;
/* Stops and restarts reading: TCP's own flow control does the rest. After a pause nothing comes up before netio_resume(), which may
 * call ops->data itself. */
void netio_pause(struct netio *n);
void netio_resume(struct netio *n);
/* Writes what was put, says goodbye (close_notify), closes. */
void netio_end(struct netio *n, const char *why);
/* Closes now. The first reason given stays. */
void netio_close(struct netio *n, const char *why);

#endif
