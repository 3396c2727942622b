// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Trace events: each struct trace_event_call that the table of a kernel or a module points to, its class,
 * its format, the record struct and the prototype that go with it. Fields stand where trace_define_field() of
 * the kernel puts them (kernel/trace/trace_events.c). Never adds what a booted kernel does not register: events
 * that are ignored for enabling, and syscall events without an entry in the native table.
 */
#include "kernel/kernel_int.h"

#include <stdio.h>

/* An event of the kernel has some 40 fields at most; an array without an end stops here. */
#define FIELDS_MAX 256
/* Kernels have some 2,000. */
#define EVENTS_MAX (1u << 16)
#define CLASS_PREFIX "event_class_"

struct event {
	uint32_t name, class, system, fmt; /* string ids */
	uint64_t fields;   /* address of struct trace_event_fields[] */
	uint64_t data;	   /* address of struct syscall_metadata, for a syscall's event */
	bool tracepoint;
	bool emitted;
	uint32_t next; /* the next event of that name, or MAP_NONE */
};

struct layouts {
	struct kernel_field call_class, call_name, call_tp, call_fmt, call_flags, call_data;
	struct kernel_field class_system, class_fields;
	struct kernel_field tp_name;
	struct kernel_field f_type, f_name, f_size, f_align, f_signed, f_len;
	struct kernel_field meta_name, meta_args, meta_types, meta_nargs, enter_args;
	bool has_meta;
	bool has_len;
	uint32_t f_bytes;
	bool has_fields; /* since 5.8 (kernel commit 04ae87a52074); before, code defined them */
	int64_t fl_tracepoint, fl_ignore;
};

struct reader {
	struct kernel *k;
	struct layouts l;
	VEC(struct event) events;
	struct map last_of_name;
};

static bool find_layouts(struct kernel *k, struct layouts *l)
{
	if (!kernel_field(k, "trace_event_call", "class", &l->call_class) ||
	    !kernel_field(k, "trace_event_call", "name", &l->call_name) ||
	    !kernel_field(k, "trace_event_call", "tp", &l->call_tp) ||
	    !kernel_field(k, "trace_event_call", "print_fmt", &l->call_fmt) ||
	    !kernel_field(k, "trace_event_call", "flags", &l->call_flags) ||
	    !kernel_field(k, "trace_event_call", "data", &l->call_data) ||
	    !kernel_field(k, "trace_event_class", "system", &l->class_system) ||
	    !kernel_field(k, "tracepoint", "name", &l->tp_name))
		return false;
	if (!kernel_enumerator(k, "TRACE_EVENT_FL_TRACEPOINT", &l->fl_tracepoint) ||
	    !kernel_enumerator(k, "TRACE_EVENT_FL_IGNORE_ENABLE", &l->fl_ignore)) {
		kernel_note(k, KERNEL_NOTE_TYPES, ERR_NO_OFFSET, "the image's types have no flags of trace events");
		return false;
	}
	l->f_bytes = kernel_sizeof(k, "trace_event_fields");
	l->has_fields = l->f_bytes && kernel_field_maybe(k, "trace_event_class", "fields_array", &l->class_fields) &&
			kernel_field_maybe(k, "trace_event_fields", "type", &l->f_type) &&
			kernel_field_maybe(k, "trace_event_fields", "name", &l->f_name) &&
			kernel_field_maybe(k, "trace_event_fields", "size", &l->f_size) &&
			kernel_field_maybe(k, "trace_event_fields", "align", &l->f_align) &&
			kernel_field_maybe(k, "trace_event_fields", "is_signed", &l->f_signed);
	l->has_len = kernel_field_maybe(k, "trace_event_fields", "len", &l->f_len);
	l->has_meta = kernel_field_maybe(k, "syscall_metadata", "name", &l->meta_name) &&
		      kernel_field_maybe(k, "syscall_metadata", "args", &l->meta_args) &&
		      kernel_field_maybe(k, "syscall_metadata", "types", &l->meta_types) &&
		      kernel_field_maybe(k, "syscall_metadata", "nb_args", &l->meta_nargs) &&
		      kernel_field_maybe(k, "syscall_trace_enter", "args", &l->enter_args);
	return true;
}

/* The string id of the text that the pointer `f` at `base` points to; false when it points to none. */
static bool text_of(struct kernel *k, uint64_t base, const struct kernel_field *f, uint32_t *ret)
{
	uint64_t p;

	return kernel_value(k, base, f, &p) && kernel_text(k, p, ret);
}

/* ---- the table ---- */

/* event_class_<class>: the one name that record, probe and fields of a class share. */
static uint32_t class_name(struct kernel *k, uint64_t class)
{
	size_t i = image_space_first(k->sp, class), end = i + KERNEL_ALIASES_MAX;
	struct image_sym sym;

	for (; i < end && image_space_sym_at(k->sp, i, class, &sym); i++)
		if (!strncmp(sym.name, CLASS_PREFIX, sizeof(CLASS_PREFIX) - 1)) {
			const char *name = sym.name + sizeof(CLASS_PREFIX) - 1;

			return kernel_intern(k, name, strlen(name));
		}
	return 0;
}

/* init_syscall_trace() registers an event only when the native table has a function of that name. */
static bool syscall_is_served(const struct reader *r, uint64_t meta)
{
	struct kernel *k = r->k;
	const char *name;
	uint64_t p;
	uint32_t id;

	if (!k->served.n || !r->l.has_meta)
		return true;
	if (!kernel_value(k, meta, &r->l.meta_name, &p) || !(name = image_space_text(k->sp, p)))
		return false;
	name = kernel_syscall_name(name);
	id = name ? kernel_name(k, name) : 0;
	return id && map_get(&k->served, id) != MAP_NONE;
}

static void read_event(struct reader *r, uint64_t call, uint64_t place)
{
	struct kernel *k = r->k;
	struct event e = { .next = MAP_NONE };
	uint64_t flags, class, tp;
	uint32_t *last;
	bool named;

	if (!kernel_value(k, call, &r->l.call_flags, &flags) || !kernel_value(k, call, &r->l.call_class, &class) ||
	    !kernel_value(k, call, &r->l.call_tp, &tp) || !kernel_value(k, call, &r->l.call_data, &e.data)) {
		kernel_note(k, KERNEL_NOTE_TRACEPOINT, place, "an event that lies outside the image, at 0x%llx",
			    (unsigned long long)call);
		return;
	}
	if (flags & (uint64_t)r->l.fl_ignore)
		return;
	e.tracepoint = flags & (uint64_t)r->l.fl_tracepoint;
	named = e.tracepoint ? text_of(k, tp, &r->l.tp_name, &e.name) : text_of(k, call, &r->l.call_name, &e.name);
	if (!named || !text_of(k, class, &r->l.class_system, &e.system)) {
		kernel_note(k, KERNEL_NOTE_TRACEPOINT, call, "an event without a name, class or system");
		return;
	}
	/* The format of a syscall's event is made at boot. */
	if (!text_of(k, call, &r->l.call_fmt, &e.fmt) && e.tracepoint)
		kernel_note(k, KERNEL_NOTE_TRACEPOINT, call, "event %s has no format", surface_text(k->s, e.name));
	e.class = class_name(k, class);
	if (!e.class)
		e.class = e.name;
	if (r->l.has_fields && !kernel_value(k, class, &r->l.class_fields, &e.fields))
		e.fields = 0;
	if (!e.tracepoint && !strcmp(surface_text(k->s, e.system), "syscalls") && !syscall_is_served(r, e.data))
		return;
	last = map_at(&r->last_of_name, e.name);
	if (*last != MAP_NONE)
		r->events.v[*last].next = (uint32_t)r->events.n;
	*last = (uint32_t)r->events.n;
	VEC_PUSH(&r->events, e);
}

/* ---- formats ---- */

static void add_field(struct kernel *k, struct construct *c, uint32_t type, uint32_t name, uint64_t offset,
		      uint64_t size, bool is_signed)
{
	struct item *it = kernel_add_item(k, c);

	*it = (struct item){
		.name = name,
		.text = type,
		.value = (int64_t)(offset * 8),
		.size = (uint32_t)size,
		.role = ITEM_FORMAT,
		.is_signed = is_signed,
	};
}

/* syscall_enter_define_fields(): a long for each argument, unsigned whatever its type. */
static void add_syscall_args(struct reader *r, struct construct *c, const struct event *e)
{
	const struct layouts *l = &r->l;
	struct kernel *k = r->k;
	uint64_t n, a, t, p, q;

	if (!l->has_meta) {
		kernel_note(k, KERNEL_NOTE_TYPES, ERR_NO_OFFSET,
			    "the image's types do not tell the arguments of syscalls' events");
		return;
	}
	if (!kernel_value(k, e->data, &l->meta_nargs, &n) || n > 6 || !kernel_value(k, e->data, &l->meta_args, &a) ||
	    !kernel_value(k, e->data, &l->meta_types, &t)) {
		kernel_note(k, KERNEL_NOTE_TRACEPOINT, e->data, "%s has damaged metadata", surface_text(k->s, e->name));
		return;
	}
	for (uint64_t i = 0; i < n; i++) {
		uint32_t type, name;

		if (!image_space_pointer(k->sp, t + i * k->ptr, &p) || !image_space_pointer(k->sp, a + i * k->ptr, &q) ||
		    !kernel_text(k, p, &type) || !kernel_text(k, q, &name)) {
			kernel_note(k, KERNEL_NOTE_TRACEPOINT, e->data, "%s: argument %llu has no name or type",
				    surface_text(k->s, e->name), (unsigned long long)i);
			return;
		}
		add_field(k, c, type, name, l->enter_args.bit / 8 + i * k->ptr, k->ptr, false);
	}
}

/*
 * What f_show() of the kernel makes of a type: of an array the length is the number that the image has, so that
 * char[TASK_COMM_LEN] is char[16]. Images without that number (before 6.2) show the words as they stand.
 */
static uint32_t shown_type(struct reader *r, uint32_t type, uint64_t field)
{
	const char *words = surface_text(r->k->s, type);
	const char *open = strncmp(words, "__data_loc", 10) ? strchr(words, '[') : NULL;
	struct buf text = { 0 };
	uint64_t len;

	if (!r->l.has_len || !open || !kernel_value(r->k, field, &r->l.f_len, &len) || len > INT32_MAX)
		return type;
	buf_put(&text, words, (size_t)(open - words));
	if (len)
		buf_printf(&text, "[%u]", (unsigned int)len);
	else
		buf_printf(&text, "[]");
	type = strtab_intern(r->k->s->str, text.v, text.n);
	buf_done(&text);
	return type;
}

/* False when the array is damaged: it ends with an entry without a type, or with one that is a function. */
static bool add_array_fields(struct reader *r, struct construct *c, const struct event *e)
{
	uint64_t none = r->k->ptr == 8 ? UINT64_MAX : UINT32_MAX, offset = kernel_sizeof(r->k, "trace_entry");
	struct kernel *k = r->k;

	for (unsigned int i = 0; i < FIELDS_MAX; i++) {
		uint64_t at = e->fields + (uint64_t)i * r->l.f_bytes, type, size, align, is_signed;
		uint32_t words, name;

		if (!kernel_value(k, at, &r->l.f_type, &type))
			return false;
		if (!type)
			return true;
		if (type == none) {
			if (e->data && !e->tracepoint)
				add_syscall_args(r, c, e);
			return true;
		}
		if (!kernel_text(k, type, &words) || !text_of(k, at, &r->l.f_name, &name) ||
		    !kernel_value(k, at, &r->l.f_size, &size) || !kernel_value(k, at, &r->l.f_align, &align) ||
		    !kernel_value(k, at, &r->l.f_signed, &is_signed) || size > INT32_MAX || align > 4096 ||
		    (align & (align - 1)))
			return false;
		if (align)
			offset = (offset + align - 1) & ~(align - 1);
		add_field(k, c, shown_type(r, words, at), name, offset, size, is_signed);
		offset += size;
	}
	return false;
}

/* is_signed_type() of the kernel, as far as names tell; char has its own rule on each machine, and is signed here. */
static bool type_is_signed(struct kernel *k, uint32_t type)
{
	struct kernel_found f;

	for (unsigned int depth = 0; depth < 32; depth++) {
		const struct type *t = type_at(k->s->types, type);
		const char *name = surface_text(k->s, t->name);

		switch (t->kind) {
		case TYPE_INT:
			return strncmp(name, "unsigned", 8) && !strstr(name, " unsigned") && strcmp(name, "_Bool");
		case TYPE_ENUM:
		case TYPE_ENUM64:
			return t->name && kernel_find(k, KIND_ENUM, name, &f) && (f.c->flags & CONSTRUCT_SIGNED);
		case TYPE_TYPEDEF:
			if (!kernel_find(k, KIND_TYPEDEF, name, &f))
				return false;
			type = kernel_take_type(k, f.s, f.c->type);
			break;
		case TYPE_ARRAY:
		case TYPE_CONST:
		case TYPE_VOLATILE:
			type = t->ref;
			break;
		default:
			return false;
		}
	}
	return false;
}

/*
 * Before 5.8 the fields are known to code only. The record says the same but for the type of what a __data_loc
 * points to, which the image does not tell. The record's members are the construct's first items.
 */
static void add_record_fields(struct kernel *k, struct construct *c, uint32_t nmembers)
{
	struct buf text = { 0 };

	for (uint32_t i = 0; i < nmembers; i++) {
		struct item it = k->s->items.v[c->items + i];
		const char *name = surface_text(k->s, it.name);
		uint32_t type;

		if (!it.name || !it.size || !strcmp(name, "ent") || !item_is_flat(k->s, c, c->items + i))
			continue;
		text.n = 0;
		if (!strncmp(name, "__data_loc_", 11)) {
			buf_puts(&text, "__data_loc");
			it.name = strtab_intern_z(k->s->str, name + 11);
		} else {
			type_print_c(&text, k->s->types, k->s->str, it.type, "");
		}
		type = strtab_intern(k->s->str, text.v, text.n);
		add_field(k, c, type, it.name, (uint64_t)it.value / 8, it.size, type_is_signed(k, it.type));
	}
	buf_done(&text);
}

/* ---- into the surface ---- */

static uint32_t find_proto(struct kernel *k, const char *class, const char *name)
{
	struct kernel_found typedefd;
	const struct func *f;
	char text[256];

	snprintf(text, sizeof(text), "trace_event_raw_event_%s", class);
	f = kernel_func(k, kernel_name(k, text));
	if (f && func_has_proto(f))
		return f->proto;
	snprintf(text, sizeof(text), "btf_trace_%s", name);
	return kernel_find(k, KIND_TYPEDEF, text, &typedefd) ?
		       kernel_proto(k, kernel_take_type(k, typedefd.s, typedefd.c->type)) : 0;
}

static void emit(struct reader *r, struct event *e, uint32_t seq, uint32_t variant)
{
	struct kernel *k = r->k;
	const char *name = surface_text(k->s, e->name), *class = surface_text(k->s, e->class);
	struct kernel_found f;
	struct construct record = { 0 }, *c;
	bool found = false;
	char text[256];

	e->emitted = true;
	if (e->tracepoint) {
		snprintf(text, sizeof(text), "trace_event_raw_%s", class);
		found = kernel_find(k, KIND_STRUCT, text, &f);
	}
	if (found)
		record = *f.c; /* a copy: adding constructs moves them */
	else if (e->tracepoint)
		kernel_note(k, KERNEL_NOTE_TYPES, ERR_NO_OFFSET, "the image's types have no struct trace_event_raw_%s",
			    class);
	c = kernel_add(k, KIND_TRACEPOINT, e->name, seq);
	c->variant = variant;
	c->class = e->class;
	c->system = e->system;
	c->text = e->fmt;
	c->size = record.size;
	c->flags = found ? 0 : CONSTRUCT_NO_RECORD;
	c->type = e->tracepoint ? find_proto(k, class, name) : 0;
	if (!kernel_spend(k, record.nitems * sizeof(struct item)))
		record.nitems = 0;
	for (uint32_t i = 0; i < record.nitems; i++) {
		struct item it = f.s->items.v[record.items + i];

		it.name = kernel_take_text(k, f.s, it.name);
		it.type = kernel_take_type(k, f.s, it.type);
		it.text = kernel_take_text(k, f.s, it.text);
		*kernel_add_item(k, c) = it;
	}
	if (!e->fields)
		add_record_fields(k, c, record.nitems);
	else if (!add_array_fields(r, c, e))
		kernel_note(k, KERNEL_NOTE_TRACEPOINT, e->fields, "the fields of %s make no sense", name);
}

void kernel_tracepoints(struct kernel *k)
{
	struct reader r = { .k = k };
	struct kernel_table t;
	uint64_t call;

	if (!kernel_table(k, TABLE_EVENTS, k->ptr, KERNEL_NOTE_TRACEPOINT, &t) ||
	    !find_layouts(k, &r.l))
		return;
	if (t.n > EVENTS_MAX) {
		kernel_note(k, KERNEL_NOTE_TRACEPOINT, t.addr, "%llu events are no kernel's", (unsigned long long)t.n);
		return;
	}
	k->s->info.kinds |= 1u << KIND_TRACEPOINT;
	map_init(&r.last_of_name);
	for (uint64_t i = 0; i < t.n; i++)
		if (image_space_pointer(k->sp, t.addr + i * k->ptr, &call))
			read_event(&r, call, t.addr + i * k->ptr);
	for (size_t i = 0; i < r.events.n; i++) {
		uint32_t variant = 0;

		/* Events of one name in several systems stand one after the other. */
		for (uint32_t n = (uint32_t)i; n != MAP_NONE && !r.events.v[n].emitted; n = r.events.v[n].next)
			emit(&r, &r.events.v[n], n, variant++);
	}
	map_done(&r.last_of_name);
	VEC_DONE(&r.events);
}
