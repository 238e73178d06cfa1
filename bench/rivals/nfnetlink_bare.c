/* The rival of the firewall writer: the least a C program does to open doors. One socket, one set
 * of (address . protocol . port) with timeouts, messages laid down by hand, one acknowledgement a
 * batch. It works on a table of its own, in the network namespace it is started in.
 *
 * nfnetlink_bare OPENINGS BATCH PRELOAD
 *   ->   {"openings":N,"batch":B,"usPerOpening":U,"cpuUsPerOpening":C}
 *
 * nfnetlink_bare again COUNT BATCH IDLE PACE_US
 *   ->   {"openings":N,"batch":B,"usPerOpening":U,"idleP50Us":I,"p50Us":P}
 * what a flush takes the kernel alone: deletes the table, makes it, and opens as many doors again
 * in batches, with a single one after each. Before that, single ones by themselves, one every
 * PACE_US.
 *
 * nfnetlink_bare ranges COUNT COUNTERS   ->   {"ranges":N,"ms":M}
 * fills a set of address ranges in one transaction, with counters if COUNTERS is 1.
 */
#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define TABLE "bench_bare"
#define SET "open"

static unsigned char buffer[1 << 24];
static size_t used;
static unsigned sequence;

static struct nlmsghdr* begin(unsigned short type, unsigned short flags, unsigned char family) {
  struct nlmsghdr* message = (struct nlmsghdr*)(buffer + used);
  struct nfgenmsg* body = NLMSG_DATA(message);
  memset(message, 0, NLMSG_SPACE(sizeof *body));
  message->nlmsg_type = type;
  message->nlmsg_flags = NLM_F_REQUEST | flags;
  message->nlmsg_seq = ++sequence;
  message->nlmsg_len = NLMSG_SPACE(sizeof *body);
  body->nfgen_family = family;
  return message;
}

static void end(struct nlmsghdr* message) { used += NLMSG_ALIGN(message->nlmsg_len); }

static struct nlattr* put(struct nlmsghdr* message, unsigned short type, const void* value,
                          unsigned short size) {
  struct nlattr* attribute = (struct nlattr*)((unsigned char*)message + message->nlmsg_len);
  attribute->nla_type = type;
  attribute->nla_len = (unsigned short)(NLA_HDRLEN + size);
  if (value != NULL) memcpy((unsigned char*)attribute + NLA_HDRLEN, value, size);
  message->nlmsg_len += NLA_ALIGN(NLA_HDRLEN + size);
  return attribute;
}

static struct nlattr* nest(struct nlmsghdr* message, unsigned short type) {
  return put(message, type | NLA_F_NESTED, NULL, 0);
}

static void close_nest(struct nlmsghdr* message, struct nlattr* attribute) {
  attribute->nla_len =
      (unsigned short)((unsigned char*)message + message->nlmsg_len - (unsigned char*)attribute);
}

static void put32(struct nlmsghdr* message, unsigned short type, unsigned value) {
  const unsigned big = htonl(value);
  put(message, type, &big, sizeof big);
}

static void bracket(unsigned short type) {
  struct nlmsghdr* message = begin(type, 0, AF_UNSPEC);
  ((struct nfgenmsg*)NLMSG_DATA(message))->res_id = htons(NFNL_SUBSYS_NFTABLES);
  end(message);
}

static unsigned short nft(unsigned type) {
  return (unsigned short)(NFNL_SUBSYS_NFTABLES << 8 | type);
}

static void transact(int socket) {
  unsigned char reply[8192];
  bracket(NFNL_MSG_BATCH_END);
  if (send(socket, buffer, used, 0) < 0) {
    perror("send");
    exit(1);
  }
  const long size = recv(socket, reply, sizeof reply, 0);
  const struct nlmsghdr* message = (struct nlmsghdr*)reply;
  if (size < (long)sizeof *message || message->nlmsg_type != NLMSG_ERROR ||
      ((struct nlmsgerr*)NLMSG_DATA(message))->error != 0) {
    fprintf(stderr, "nfnetlink_bare: refused: %s\n",
            strerror(-((struct nlmsgerr*)NLMSG_DATA(message))->error));
    exit(1);
  }
}

static void start(void) {
  used = 0;
  bracket(NFNL_MSG_BATCH_BEGIN);
}

static void make_table(int socket) {
  start();
  struct nlmsghdr* message = begin(nft(NFT_MSG_NEWTABLE), NLM_F_CREATE, NFPROTO_INET);
  put(message, NFTA_TABLE_NAME, TABLE, sizeof TABLE);
  end(message);
  message = begin(nft(NFT_MSG_NEWSET), NLM_F_CREATE | NLM_F_ACK, NFPROTO_INET);
  put(message, NFTA_SET_TABLE, TABLE, sizeof TABLE);
  put(message, NFTA_SET_NAME, SET, sizeof SET);
  put32(message, NFTA_SET_FLAGS, NFT_SET_TIMEOUT);
  put32(message, NFTA_SET_KEY_TYPE,
        7 << 12 | 12 << 6 | 13); /* ipv4_addr . inet_proto . inet_service */
  put32(message, NFTA_SET_KEY_LEN, 12);
  put32(message, NFTA_SET_ID, 1);
  const unsigned long long timeout = __builtin_bswap64(3600 * 1000ull);
  put(message, NFTA_SET_TIMEOUT, &timeout, sizeof timeout);
  end(message);
  transact(socket);
}

static void delete_table(int socket) {
  start();
  struct nlmsghdr* message = begin(nft(NFT_MSG_DELTABLE), NLM_F_ACK, NFPROTO_INET);
  put(message, NFTA_TABLE_NAME, TABLE, sizeof TABLE);
  end(message);
  transact(socket);
}

static void add(unsigned address, int is_last) {
  struct nlmsghdr* message =
      begin(nft(NFT_MSG_NEWSETELEM), NLM_F_CREATE | (is_last ? NLM_F_ACK : 0), NFPROTO_INET);
  put(message, NFTA_SET_ELEM_LIST_TABLE, TABLE, sizeof TABLE);
  put(message, NFTA_SET_ELEM_LIST_SET, SET, sizeof SET);
  struct nlattr* list = nest(message, NFTA_SET_ELEM_LIST_ELEMENTS);
  struct nlattr* element = nest(message, 1);
  struct nlattr* key = nest(message, NFTA_SET_ELEM_KEY);
  unsigned char value[12] = {0, 0, 0, 0, 6, 0, 0, 0, 0, 22, 0, 0};
  const unsigned big = htonl(address);
  memcpy(value, &big, sizeof big);
  put(message, NFTA_DATA_VALUE, value, sizeof value);
  close_nest(message, key);
  const unsigned long long timeout = __builtin_bswap64(600 * 1000ull);
  put(message, NFTA_SET_ELEM_TIMEOUT, &timeout, sizeof timeout);
  close_nest(message, element);
  close_nest(message, list);
  end(message);
}

static void open_doors(int socket, unsigned first, unsigned count, unsigned batch) {
  for (unsigned done = 0; done < count; done += batch) {
    start();
    for (unsigned at = 0; at < batch; at++) add(first + done + at, at + 1 == batch);
    transact(socket);
  }
}

/* One bound of a range: as much as an element needs, and no more. */
static void add_bound(struct nlmsghdr* message, unsigned address, int is_end) {
  struct nlattr* element = nest(message, 1);
  if (is_end) put32(message, NFTA_SET_ELEM_FLAGS, NFT_SET_ELEM_INTERVAL_END);
  struct nlattr* key = nest(message, NFTA_SET_ELEM_KEY);
  put32(message, NFTA_DATA_VALUE, address);
  close_nest(message, key);
  close_nest(message, element);
}

static void add_ranges(unsigned count) {
  for (unsigned done = 0; done < count;) {
    const unsigned until = done + 1000 < count ? done + 1000 : count;
    struct nlmsghdr* message = begin(nft(NFT_MSG_NEWSETELEM),
                                     NLM_F_CREATE | (until == count ? NLM_F_ACK : 0), NFPROTO_INET);
    put(message, NFTA_SET_ELEM_LIST_TABLE, TABLE, sizeof TABLE);
    put(message, NFTA_SET_ELEM_LIST_SET, SET, sizeof SET);
    struct nlattr* list = nest(message, NFTA_SET_ELEM_LIST_ELEMENTS);
    for (; done < until; done++) {
      add_bound(message, 0x0b000000 + done * 512, 0);
      add_bound(message, 0x0b000000 + done * 512 + 256, 1);
    }
    close_nest(message, list);
    end(message);
  }
}

static void fill_ranges(int socket, unsigned count, int has_counters) {
  start();
  struct nlmsghdr* message = begin(nft(NFT_MSG_NEWTABLE), NLM_F_CREATE, NFPROTO_INET);
  put(message, NFTA_TABLE_NAME, TABLE, sizeof TABLE);
  end(message);
  message = begin(nft(NFT_MSG_NEWSET), NLM_F_CREATE, NFPROTO_INET);
  put(message, NFTA_SET_TABLE, TABLE, sizeof TABLE);
  put(message, NFTA_SET_NAME, SET, sizeof SET);
  put32(message, NFTA_SET_FLAGS, NFT_SET_INTERVAL);
  put32(message, NFTA_SET_KEY_TYPE, 7); /* ipv4_addr */
  put32(message, NFTA_SET_KEY_LEN, 4);
  put32(message, NFTA_SET_ID, 1);
  if (has_counters) {
    struct nlattr* expression = nest(message, NFTA_SET_EXPR);
    put(message, NFTA_EXPR_NAME, "counter", sizeof "counter");
    close_nest(message, nest(message, NFTA_EXPR_DATA));
    close_nest(message, expression);
  }
  end(message);
  add_ranges(count);
  transact(socket);
}

static double now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static double processor_seconds(void) {
  struct timespec at;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
  return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static int run_ranges(int socket, unsigned count, int has_counters) {
  const double began = now();
  fill_ranges(socket, count, has_counters);
  printf("{\"ranges\":%u,\"ms\":%.1f}\n", count, (now() - began) * 1e3);
  return 0;
}

static int by_size(const void* a, const void* b) {
  const double left = *(const double*)a, right = *(const double*)b;
  return left < right ? -1 : left > right;
}

static double median(double* values, unsigned count) {
  qsort(values, count, sizeof *values, by_size);
  return values[count / 2];
}

static double open_one(int socket, unsigned address) {
  const double began = now();
  open_doors(socket, address, 1, 1);
  return (now() - began) * 1e6;
}

static int run_again(int socket, unsigned count, unsigned batch, unsigned idle, double pace) {
  double* alone = malloc(idle * sizeof *alone);
  double* between = malloc((count / batch + 1) * sizeof *between);
  unsigned batches = 0;
  make_table(socket);
  open_doors(socket, 0x0a000000, count, batch);
  for (unsigned nth = 0; nth < idle; nth++) {
    const double until = now() + pace / 1e6;
    while (now() < until) continue;
    alone[nth] = open_one(socket, 0x14000000 + nth);
  }
  const double began = now();
  double single = 0;
  delete_table(socket);
  make_table(socket);
  for (unsigned done = 0; done + batch <= count; done += batch) {
    open_doors(socket, 0x0a000000 + done, batch, batch);
    between[batches] = open_one(socket, 0x14000000 + batches);
    single += between[batches++];
  }
  const double us = ((now() - began) * 1e6 - single) / count;
  printf("{\"openings\":%u,\"batch\":%u,\"usPerOpening\":%.3f,\"idleP50Us\":%.1f,\"p50Us\":%.1f}\n",
         count, batch, us, median(alone, idle), median(between, batches));
  return 0;
}

static int open_socket(void) {
  const int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
  const int size = 64 << 20, one = 1;
  setsockopt(netlink, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
  setsockopt(netlink, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof one);
  return netlink;
}

int main(int argc, char** argv) {
  if (argc == 4 && strcmp(argv[1], "ranges") == 0) {
    return run_ranges(open_socket(), (unsigned)atoi(argv[2]), argv[3][0] == '1');
  }
  if (argc == 6 && strcmp(argv[1], "again") == 0) {
    return run_again(open_socket(), (unsigned)atoi(argv[2]), (unsigned)atoi(argv[3]),
                     (unsigned)atoi(argv[4]), atof(argv[5]));
  }
  if (argc != 4) {
    fprintf(stderr, "nfnetlink_bare OPENINGS BATCH PRELOAD\n");
    return 2;
  }
  const unsigned count = (unsigned)atoi(argv[1]), batch = (unsigned)atoi(argv[2]),
                 preload = (unsigned)atoi(argv[3]);
  const int netlink = open_socket();
  make_table(netlink);
  open_doors(netlink, 0x14000000, preload, 4096 < preload ? 4096 : preload > 0 ? preload : 1);

  const double began = now(), spent = processor_seconds();
  open_doors(netlink, 0x0a000000, count, batch);
  const double seconds = now() - began, cpu = processor_seconds() - spent;
  printf("{\"openings\":%u,\"batch\":%u,\"usPerOpening\":%.3f,\"cpuUsPerOpening\":%.3f}\n", count,
         batch, seconds * 1e6 / count, cpu * 1e6 / count);
  return 0;
}
