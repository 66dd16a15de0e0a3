/* Entities: the processes, threads, comms or cgroups that rows are told apart by.
 *
 * Whoever makes calls joins its entity (live + 1) at its first call and leaves it (live - 1) when it ends or
 * changes. User space takes back an entity nobody lives in by setting LAT_ENTITY_DEAD with a
 * compare-and-swap; whoever then still finds it by its key undoes the join and makes a new one.
 *
 * SPDX-License-Identifier: MIT OR GPL-2.0
 */
#ifndef LATIMER_BPF_ENTITY_H
#define LATIMER_BPF_ENTITY_H

/* Number of `task` in Latimer's pid namespace, 0 when it is not visible there. */
static __always_inline s32 visible_pid(struct task_struct *task) {
  if (config.ns_level == 0) return task->pid;
  /* numbers[] has one entry per level; the verifier does not follow a variable index into it. */
  struct pid *pid = task->thread_pid;
  struct upid upid = {};
  if (!pid || pid->level < config.ns_level) return 0;
  const void *number = (const void *)pid + bpf_core_field_offset(pid->numbers) +
                       config.ns_level * bpf_core_type_size(struct upid);
  bpf_probe_read_kernel(&upid.nr, sizeof(upid.nr), number + bpf_core_field_offset(upid.nr));
  bpf_probe_read_kernel(&upid.ns, sizeof(upid.ns), number + bpf_core_field_offset(upid.ns));
  return BPF_CORE_READ(upid.ns, ns.inum) == config.ns_inum ? upid.nr : 0; /* else a sibling's number */
}

static __always_inline void read_comm(struct lat_comm *out, struct task_struct *task) {
  out->word[0] = *(u64 *)&task->comm[0];
  out->word[1] = *(u64 *)&task->comm[8];
}

static __always_inline struct lat_entity *entity_at(u32 index) {
  return bpf_map_lookup_elem(&entities, &index);
}

/* Whether `e` still stands for what the task is: a number found under a stale key may meanwhile be somebody
 * else's. */
static __always_inline bool is_same(const struct lat_entity *e, struct task_struct *task, struct lat_task *st,
                                    u64 cgroup_id) {
  if (config.by == LAT_BY_PROCESS) return e->tgid == st->tgid && e->epoch == st->epoch;
  if (config.by == LAT_BY_CGROUP) return e->cgroup_id == cgroup_id;
  struct lat_comm comm;
  read_comm(&comm, task);
  const struct lat_comm *have = (const struct lat_comm *)e->comm;
  return have->word[0] == comm.word[0] && have->word[1] == comm.word[1];
}

/* Keeps entity `index` alive for the task; false when it is dead or somebody else's. */
static __always_inline bool join(u32 index, struct task_struct *task, struct lat_task *st, u64 cgroup_id) {
  struct lat_entity *e = entity_at(index);
  if (!e || index == 0) return false;
  if (!(__sync_fetch_and_add(&e->live, 1) & LAT_ENTITY_DEAD) && is_same(e, task, st, cgroup_id)) return true;
  __sync_fetch_and_sub(&e->live, 1);
  return false;
}

/* A new entity with the task in it, that nobody else knows yet; 0 when there is none left. */
static __always_inline u32 new_entity(struct task_struct *task, struct lat_task *st, u64 cgroup_id) {
  u32 index = 0;
  if (bpf_map_pop_elem(&free_entities, &index)) return 0;
  struct lat_entity *e = entity_at(index);
  if (!e) return 0;
  __sync_fetch_and_add(&hot.state.entities_taken, 1);
  e->tgid = st->tgid;
  e->tid = config.by == LAT_BY_THREAD ? st->tid : 0;
  e->epoch = config.by == LAT_BY_THREAD ? task->start_boottime : st->epoch;
  e->cgroup_id = cgroup_id;
  read_comm((struct lat_comm *)e->comm, task);
  __sync_fetch_and_add(&e->live, 1);
  __sync_fetch_and_and(&e->live, ~LAT_ENTITY_DEAD); /* from here on others may join */
  e->used = 1;                                      /* and from here on user space may take it back */
  return index;
}

/* Undoes new_entity(). */
static __always_inline void drop_entity(u32 index) {
  struct lat_entity *e = entity_at(index);
  if (!e) return;
  __sync_fetch_and_or(&e->live, LAT_ENTITY_DEAD);
  __sync_fetch_and_sub(&e->live, 1);
  e->used = 0;
  if (bpf_map_push_elem(&free_entities, &index, 0) == 0) __sync_fetch_and_sub(&hot.state.entities_taken, 1);
}

static __always_inline void leave(struct lat_task *st) {
  struct lat_entity *e = entity_at(st->entity);
  if (e && st->entity) __sync_fetch_and_sub(&e->live, 1);
  st->entity = 0;
  st->cached_slot = 0;
}

static __always_inline u32 join_process(struct task_struct *task, struct lat_task *st) {
  struct task_struct *leader = task->group_leader;
  struct lat_task *home = bpf_task_storage_get(&tasks, leader, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
  if (!home) return 0;
  u32 known = home->group_entity;
  if (join(known, task, st, 0)) return known;
  u32 fresh = new_entity(task, st, 0);
  if (!fresh) return 0;
  u32 seen = __sync_val_compare_and_swap(&home->group_entity, known, fresh);
  if (seen != known && join(seen, task, st, 0)) { /* another thread of the process was first */
    drop_entity(fresh);
    return seen;
  }
  return fresh; /* at worst two entities with one identity: user space adds them up */
}

/* By comm or cgroup: found through a hash. `map` and `key` are constant where this is inlined. */
static __always_inline u32 join_by_key(void *map, const void *key, struct task_struct *task,
                                       struct lat_task *st, u64 cgroup_id) {
  u32 *known = bpf_map_lookup_elem(map, key);
  if (known && join(*known, task, st, cgroup_id)) return *known;
  u32 fresh = new_entity(task, st, cgroup_id);
  if (!fresh) return 0;
  if (known) { /* stale: take its place */
    bpf_map_update_elem(map, key, &fresh, BPF_ANY);
    return fresh;
  }
  if (bpf_map_update_elem(map, key, &fresh, BPF_NOEXIST) == 0) return fresh;
  known = bpf_map_lookup_elem(map, key);
  if (known && join(*known, task, st, cgroup_id)) {
    drop_entity(fresh);
    return *known;
  }
  return fresh;
}

/* Finds or makes the entity of the current call. */
static __noinline int join_entity(struct task_struct *task, struct lat_task *st) {
  u32 entity = 0;
  if (st->entity) leave(st);
  if (config.by == LAT_BY_PROCESS) {
    entity = join_process(task, st);
  } else if (config.by == LAT_BY_THREAD) {
    entity = new_entity(task, st, 0);
  } else if (config.by == LAT_BY_COMM) {
    struct lat_comm comm;
    read_comm(&comm, task);
    entity = join_by_key(&entity_by_comm, &comm, task, st, 0);
  } else if (config.by == LAT_BY_CGROUP) {
    u64 id = task->cgroups->dfl_cgrp->kn->id;
    entity = join_by_key(&entity_by_cgroup, &id, task, st, id);
    st->cgroup_id = id;
  }
  st->entity = entity;
  st->cached_slot = 0;
  if (!entity) __sync_fetch_and_or(&st->flags, LAT_NEED_ENTITY); /* user space may make room: try again */
  return 0;
}

static __always_inline void settle_entity(struct task_struct *task, struct lat_task *st) {
  if (!(st->flags & LAT_NEED_ENTITY)) return;
  __sync_fetch_and_and(&st->flags, ~LAT_NEED_ENTITY);
  join_entity(task, st);
}

/* A new program has a new name, and its process or thread goes by it from now on. */
static __always_inline void rename_entity(struct task_struct *task, struct lat_task *st) {
  struct lat_entity *e = entity_at(st->entity);
  if (e && st->entity && (config.by == LAT_BY_PROCESS || config.by == LAT_BY_THREAD))
    read_comm((struct lat_comm *)e->comm, task);
}

#endif
