/* The rival of a replay: libpcap reads the same file and calls an empty function for each packet,
 * or for each that passes its compiled filter:
 *   libpcap_empty FILE [FILTER]   ->   {"packets":N,"seconds":S}
 * With a filter it does not tell how many there were.
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
  char reason[PCAP_ERRBUF_SIZE] = "libpcap_empty FILE [FILTER]";
  const double began = now();
  pcap_t* file = argc == 2 || argc == 3 ? pcap_open_offline(argv[1], reason) : NULL;
  if (file == NULL) {
    fprintf(stderr, "libpcap_empty: %s\n", reason);
    return 2;
  }
  struct bpf_program filter;
  if (argc == 3 && (pcap_compile(file, &filter, argv[2], 1, PCAP_NETMASK_UNKNOWN) < 0 ||
                    pcap_setfilter(file, &filter) < 0)) {
    fprintf(stderr, "libpcap_empty: %s\n", pcap_geterr(file));
    return 2;
  }
  if (pcap_dispatch(file, -1, count, NULL) < 0) return 1;
  const double seconds = now() - began;
  if (argc == 3)
    printf("{\"passed\":%lu,\"seconds\":%.6f}\n", packets, seconds);
  else
    printf("{\"packets\":%lu,\"seconds\":%.6f}\n", packets, seconds);
  return 0;
}
