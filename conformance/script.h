/*
 * script.h: what a POI is to do, read from YAML. Every document of a script is a track: its steps come one after the other, the tracks
 * run at the same time, each on connections of its own or on the same ones.
 *
 *	script_read    a file: connections, then per document defaults and steps
 *	script_alone   one track with one step: what the options of the command line say
 */
#ifndef CONF_SCRIPT_H
#define CONF_SCRIPT_H

#include "conformance/form.h"
#include "conformance/wire.h"

#define SCRIPT_TEXT	256	/* room for a fault */
#define SCRIPT_WIRES	4096	/* connections of one script: a flood of them, within a process's usual files */
#define SCRIPT_DEPTH	8	/* loops in loops */

enum script_do { SCRIPT_PDU, SCRIPT_KEEPALIVE, SCRIPT_RAW, SCRIPT_WAIT, SCRIPT_EXPECT, SCRIPT_CONNECT, SCRIPT_RECONNECT, SCRIPT_CLOSE,
		 SCRIPT_MARK, SCRIPT_WAIT_FOR, SCRIPT_LOOP, SCRIPT_CAPTURE, SCRIPT_TLS };
enum script_expect { SCRIPT_ACK, SCRIPT_ACK_ALL, SCRIPT_NO_ACK, SCRIPT_CLOSED, SCRIPT_REFUSED, SCRIPT_UP, SCRIPT_OPEN };
enum script_tls { SCRIPT_RENEGOTIATE, SCRIPT_KEY_UPDATE };

struct script_dose {		/* how octets go out */
	uint64_t *wires;	/* indices, of single connections; every nth goes to the nth of them */
	size_t n_wires;
	uint64_t repeat;
	conf_us every;		/* from one to the next */
	bool has_cut;
	uint64_t from, to;	/* only these octets, [from, to) */
	uint64_t drip;		/* so many octets at a time … */
	conf_us drip_every;	/* … so long apart; 0: all at once */
	bool under;		/* under TLS */
	uint64_t fuzz;		/* so many changes to each; 0: none */
	uint64_t seed;
};

/* What of a capture becomes PDUs, and which; bits of as. */
enum { SCRIPT_AS_GTPU = 1, SCRIPT_AS_IP = 2, SCRIPT_AS_ETHERNET = 4, SCRIPT_AS_SIP = 8, SCRIPT_AS_RTP = 16, SCRIPT_AS_DHCP = 32,
       SCRIPT_AS_RADIUS = 64 };
enum script_pace { SCRIPT_PACE_MAX, SCRIPT_PACE_CAPTURE };

struct script_capture {
	char *file, *filter;	/* filter: libpcap's */
	unsigned as;
	bool inner;		/* look for IP, SIP and RTP inside GTP-U */
	bool now;		/* times: of sending, not of the capture */
	struct octets *targets;	/* addresses of the target, 4 or 16 octets each */
	size_t n_targets;
	bool correlate;		/* a number of its own for each target and call, counted from the form's */
	enum script_pace pace;
	uint64_t limit, loop;	/* PDUs of one pass, 0: all; passes */
};

struct script_step {
	enum script_do what;
	unsigned line;
	struct script_dose dose;
	struct form form;		/* PDU, CAPTURE: its common part */
	struct octets raw;
	bool with_sequence, next;	/* KEEPALIVE, EXPECT ack; next: the connection's own number */
	uint32_t sequence;
	conf_us time;			/* WAIT; within, for */
	enum script_expect expect;
	enum wire_close how;
	enum script_tls tls;
	char *mark;
	struct script_step *steps;	/* LOOP */
	size_t n_steps;
	uint64_t times;
	struct script_capture capture;
};

struct script_track {
	struct script_step *steps;
	size_t n_steps;
};

struct script {
	struct wire_conf *confs;
	size_t n_confs, n_wires;	/* n_wires: counted one by one */
	struct script_track *tracks;
	size_t n_tracks;
	char *file;
};

struct script_base {			/* what the command line gives to whatever does not say otherwise */
	struct wire_conf wire;		/* name NULL: there is no connection */
	struct form form;
	bool hostile;
};

/* NULL: fault says where and why. */
struct script *script_read(const char *file, const struct script_base *base, char *fault, size_t room);
/* step is taken: its members are the script's afterwards. n connections, all of the base. */
struct script *script_alone(const struct script_base *base, struct script_step *step, uint64_t connections, char *fault, size_t room);
void script_free(struct script *s);
/* The first and one past the last of a conf's connections. */
void script_wires_of(const struct script *s, size_t conf, size_t *from, size_t *to);

/* For options and YAML alike. False: not a list of these. */
bool script_as_read(const char *text, unsigned *as);
void script_wire_init(struct wire_conf *w);
void script_wire_fini(struct wire_conf *w);
bool script_wire_copy(struct wire_conf *to, const struct wire_conf *from);
/* HOST:PORT into host and port. */
bool script_wire_to(struct wire_conf *w, const char *text);
/* NULL, or what is missing. */
const char *script_wire_judge(const struct wire_conf *w);

#endif
