/* The rival of a replay: libpcap reads the same file and calls an empty function for each packet.
 *   libpcap_empty FILE   ->   {"packets":N,"seconds":S}
 */
#include <pcap/pcap.h>
#include <stdio.h>
#include <time.h>

static unsigned long packets;

static void count(u_char* user, const struct pcap_pkthdr* header, const u_char* bytes) {
  (void)user, (void)header, (void)bytes;
  packets++;
}

static double now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

int main(int argc, char** argv) {
  char reason[PCAP_ERRBUF_SIZE];
  const double began = now();
  pcap_t* file = argc == 2 ? pcap_open_offline(argv[1], reason) : NULL;
  if (file == NULL) {
    fprintf(stderr, "libpcap_empty: %s\n", argc == 2 ? reason : "FILE");
    return 2;
  }
  if (pcap_dispatch(file, -1, count, NULL) < 0) return 1;
  printf("{\"packets\":%lu,\"seconds\":%.6f}\n", packets, now() - began);
  return 0;
}
