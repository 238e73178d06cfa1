/* The least that a packet socket can cost: COUNT of them on an interface, whose filter rejects all.
 *   bare_taps INTERFACE COUNT   prints `listening`, and waits to be ended.
 */
#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif

int main(int argc, char** argv) {
  if (argc != 3) {
    fprintf(stderr, "bare_taps INTERFACE COUNT\n");
    return 2;
  }
  for (int left = atoi(argv[2]); left > 0; left--) {
    const int one = 1;
    const int tap = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    struct sock_filter reject = BPF_STMT(BPF_RET | BPF_K, 0);
    struct sock_fprog program = {1, &reject};
    struct sockaddr_ll address = {.sll_family = AF_PACKET,
                                  .sll_protocol = htons(ETH_P_ALL),
                                  .sll_ifindex = (int)if_nametoindex(argv[1])};
    if (setsockopt(tap, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) < 0 ||
        setsockopt(tap, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one) < 0 ||
        bind(tap, (struct sockaddr*)&address, sizeof address) < 0) {
      perror("bare_taps");
      return 1;
    }
  }
  puts("listening");
  fflush(stdout);
  pause();
  return 0;
}
