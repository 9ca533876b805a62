/* play_int.h: between play.c (tracks, connections, time) and play_step.c (what each kind of step does). */
#ifndef CONF_PLAY_INT_H
#define CONF_PLAY_INT_H

#include "conformance/play.h"

#define PLAY_NEVER	INT64_MAX
#define PLAY_MARKS	256

enum play_go { DONE, AGAIN, BLOCKED, FAILED };

struct level {			/* steps that are being played, and those around them */
	const struct script_step *steps;
	size_t n, at;
	uint64_t left;
};

struct track {
	struct level levels[SCRIPT_DEPTH + 1];
	size_t depth;
	bool over, begun;	/* begun: the step's first turn is past */
	conf_us wake, since, due;
	uint64_t nth, count;	/* of the step's PDUs; count: what was there when it began */
	struct octets out;	/* what is being sent, slowly */
	size_t at;
	struct capture *capture;
	struct form form;	/* of a capture's PDUs */
	bool has_item;
	struct capture_item item;
	struct when first;	/* the capture's first time */
	uint64_t pass;
};

struct play {
	const struct play_conf *c;
	struct play_result *r;
	struct track *tracks;
	size_t n_tracks;
	struct sequence *sequence;
	const char *marks[PLAY_MARKS];
	size_t n_marks;
	uv_loop_t loop;
	uv_timer_t timer, timeout;
	uv_signal_t term, interrupt;
	conf_us clock;		/* dry: since start */
	conf_us began, finish_began;
	enum { PLAYING, STAYING, ACKING, CLOSING, OVER } phase;
};


conf_us play_now(const struct play *p);
struct when play_wall(const struct play *p);
void play_fail(struct play *p, unsigned line, const char *format, ...) __attribute__((format(printf, 3, 4)));
bool play_marked(const struct play *p, const char *mark);
/* Plays the step that the track is at, as far as it gets; t->wake: until when at the latest it is BLOCKED. */
enum play_go play_step(struct play *p, struct track *t, const struct script_step *st);
/* What the track still holds of a capture. */
void play_drop_capture(struct play *p, struct track *t);

#endif
