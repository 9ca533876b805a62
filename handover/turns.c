/* turns.c: see turns.h. */
#include "handover/turns.h"

static void on_round(uv_idle_t *i)
{
	struct turns *t = i->data;
	struct turn *w;

	for (unsigned n = 0; n < TURNS_ROUND && (w = TAILQ_FIRST(&t->waiting)); n++) {
		turn_forget(t, w);
		w->act(w->arg);
	}
}

void turns_init(struct turns *t, uv_loop_t *loop)
{
	uv_idle_init(loop, &t->idle);
	t->idle.data = t;
	TAILQ_INIT(&t->waiting);
}

void turns_close(struct turns *t, uv_close_cb done)
{
	uv_close((uv_handle_t *)&t->idle, done);
}

void turn_ask(struct turns *t, struct turn *w, void (*act)(void *arg), void *arg)
{
	if (w->asked)
		return;
	*w = (struct turn){ .asked = true, .act = act, .arg = arg };
	TAILQ_INSERT_TAIL(&t->waiting, w, all);
	uv_idle_start(&t->idle, on_round);	/* while it runs, the loop does not sleep */
}

void turn_forget(struct turns *t, struct turn *w)
{
	if (!w->asked)
		return;
	w->asked = false;
	TAILQ_REMOVE(&t->waiting, w, all);
	if (TAILQ_EMPTY(&t->waiting))
		uv_idle_stop(&t->idle);
}
