/* What stands in the caller's memory at a call's pointers (config.memory): paths, addresses of sockets, pairs
 * of descriptors. It lies in cells of the ring, right behind the call's event.
 *
 * Read when the call returns: the kernel has just read or written there, so that the pages are present. The
 * program may have changed it meanwhile, as it may under every tracer.
 *
 * SPDX-License-Identifier: MIT OR GPL-2.0
 */
#ifndef LATIMER_BPF_MEMORY_H
#define LATIMER_BPF_MEMORY_H

#define LAT_CELL ((long)sizeof(struct lat_event))

/* struct user_msghdr, include/linux/socket.h; of 64-bit programs. */
struct message_header {
  u64 name;
  u32 name_length;
  u32 pad;
  u64 iov;
  u64 iov_count;
  u64 control;
  u64 control_length;
};

/* Where in the ring there is room. */
struct room {
  u64 at, end;
  u32 cpu;
};

static __always_inline void *next_cell(struct room *room) {
  if (room->at >= room->end) return NULL;
  u32 index = room->cpu * config.ring_events + ((u32)room->at & (config.ring_events - 1));
  room->at++;
  return bpf_map_lookup_elem(&events, &index);
}

/* A string into cells, 127 bytes in each. False: there is no room. What cannot be read takes no cell. */
static __noinline bool capture_string(struct lat_piece *piece, struct room *room, u64 from) {
  if (!piece || !room) return false;
  for (u32 i = 0; i < LAT_PIECE_CELLS; i++) {
    void *cell = next_cell(room);
    if (!cell) return false;
    long read = bpf_probe_read_user_str(cell, LAT_CELL, (const void *)(from + i * (LAT_CELL - 1)));
    if (read <= 0) {
      room->at--;
      return true;
    }
    piece->cells = i + 1;
    piece->length += read - 1;
    if (read < LAT_CELL) return true;
  }
  piece->cut = 1;
  return true;
}

static __noinline bool capture_bytes(struct lat_piece *piece, struct room *room, u64 from, u64 size) {
  if (!piece || !room) return false;
  if (from == 0 || size == 0) return true;
  void *cell = next_cell(room);
  if (!cell) return false;
  u32 bytes = size > (u64)LAT_CELL ? (u32)LAT_CELL : (u32)size;
  barrier_var(bytes);
  if (bytes > LAT_CELL || bpf_probe_read_user(cell, bytes, (const void *)from) != 0) {
    room->at--;
    return true;
  }
  piece->cells = 1;
  piece->length = bytes;
  return true;
}

static __always_inline bool capture_message(struct lat_piece *piece, struct room *room, u64 from, u32 kind) {
  struct message_header message = {};
  if (bpf_probe_read_user(&message, sizeof(message), (const void *)from) != 0) return true;
  bool name = kind == LAT_MEMORY_NAME;
  if (name) piece->argument = LAT_MESSAGE_NAME;
  return capture_bytes(piece, room, name ? message.name : message.control,
                       name ? message.name_length : message.control_length);
}

static __always_inline bool capture_piece(struct lat_event *e, u32 which, u32 what, struct room *room) {
  if (!e || !room || which >= LAT_PIECES) return false;
  struct lat_piece *piece = &e->pieces[which];
  u32 argument = LAT_MEMORY_ARGUMENT(what);
  if (argument > 5) return true;
  u32 next = argument + 1; /* where the length of an address is */
  barrier_var(next);
  u64 from = e->args[argument];
  u64 size = next > 5 ? 0 : e->args[next];
  u32 written = 0;
  piece->argument = argument;
  switch (LAT_MEMORY_KIND(what)) {
    case LAT_MEMORY_STRING:
      return capture_string(piece, room, from);
    case LAT_MEMORY_ADDRESS:
      return capture_bytes(piece, room, from, (u32)size);
    case LAT_MEMORY_ADDRESS_OUT:
      if (from == 0 || bpf_probe_read_user(&written, sizeof(written), (const void *)size) != 0) return true;
      return capture_bytes(piece, room, from, written);
    case LAT_MEMORY_EIGHT_BYTES:
      return capture_bytes(piece, room, from, 8);
    case LAT_MEMORY_CONTROL:
      return e->abi ? true : capture_message(piece, room, from, LAT_MEMORY_CONTROL);
    case LAT_MEMORY_NAME:
      return e->abi ? true : capture_message(piece, room, from, LAT_MEMORY_NAME);
  }
  return true;
}

/* What the call asks for (call_memory), behind its event, which is at `at`. The number of cells; -1: the ring
 * is full. */
static __noinline s32 capture_memory(struct lat_event *e, u32 cpu, u64 at, u64 end) {
  if (!e) return -1;
  struct room room = {.at = at + 1, .end = end, .cpu = cpu};
  if ((u32)e->nr >= LAT_DIRECT_NUMBERS) return 0;
  u32 what = call_memory[direct_index(e->abi, e->nr)];
  /* The program that called exec is gone, and its memory with it (program_executed()). */
  if (e->ret == 0 && (flags_of_call(e->abi, e->nr) & LAT_CALL_EXEC)) return 0;
  for (u32 which = 0; which < LAT_PIECES; which++, what >>= 8) {
    if ((what & 0xff) == 0) continue;
    if (!capture_piece(e, which, what & 0xff, &room)) return -1;
  }
  return room.at - at - 1;
}

#endif
