/* A rival of the firewall writer: libnftables in process, with the text that a script would write.
 *   libnftables_text OPENINGS BATCH PRELOAD   ->   {"usPerOpening":U,"cpuUsPerOpening":C}
 * It works on a table of its own, in the network namespace it is started in.
 */
#include <nftables/libnftables.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static char text[1 << 22];

static void run(struct nft_ctx* nft, const char* command) {
  if (nft_run_cmd_from_buffer(nft, command) == 0) return;
  fprintf(stderr, "libnftables_text: refused\n");
  exit(1);
}

static void open_doors(struct nft_ctx* nft, unsigned first, unsigned count, unsigned batch) {
  for (unsigned done = 0; done < count; done += batch) {
    int used = sprintf(text, "add element inet bench_text open { ");
    for (unsigned at = 0; at < batch; at++) {
      const unsigned address = first + done + at;
      used += sprintf(text + used, "%s%u.%u.%u.%u . tcp . 22 timeout 600s", at > 0 ? ", " : "",
                      address >> 24, address >> 16 & 255, address >> 8 & 255, address & 255);
    }
    sprintf(text + used, " }");
    run(nft, text);
  }
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

int main(int argc, char** argv) {
  if (argc != 4) {
    fprintf(stderr, "libnftables_text OPENINGS BATCH PRELOAD\n");
    return 2;
  }
  const unsigned count = (unsigned)atoi(argv[1]), batch = (unsigned)atoi(argv[2]),
                 preload = (unsigned)atoi(argv[3]);
  struct nft_ctx* nft = nft_ctx_new(NFT_CTX_DEFAULT);
  run(nft,
      "add table inet bench_text; add set inet bench_text open { type ipv4_addr . inet_proto . "
      "inet_service; flags timeout; }");
  open_doors(nft, 0x14000000, preload, preload < 4096 ? preload : 4096);
  const double began = now(), spent = processor_seconds();
  open_doors(nft, 0x0a000000, count, batch);
  const double seconds = now() - began, cpu = processor_seconds() - spent;
  printf("{\"usPerOpening\":%.3f,\"cpuUsPerOpening\":%.3f}\n", seconds * 1e6 / count,
         cpu * 1e6 / count);
  nft_ctx_free(nft);
  return 0;
}
