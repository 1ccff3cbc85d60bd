/* The floor: the least that sending one event to every reader can cost. Each event is one ready frame,
   sent with one system call to each socket, and nothing else is done. On SIGUSR2 it begins. It says as
   much of Engine.IO as the client needs.

   floor PORT EVENTS RATE */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ID "0123456789abcdef0123456789abcdef"
#define MOST 20000

static int sockets[MOST], has_opened[1 << 16], count;
static volatile sig_atomic_t asked;

static void ask(int number) { asked = number; }

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static void send_all(int fd, const char *data, size_t size) {
  while (size) {
    ssize_t sent = send(fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EAGAIN) {
      struct pollfd wait = {.fd = fd, .events = POLLOUT};
      poll(&wait, 1, -1);
    } else if (sent < 0) {
      return; /* the reader has gone */
    } else {
      data += sent;
      size -= sent;
    }
  }
}

static size_t frame_of(char *frame, int number) {
  int size = sprintf(frame + 4,
                     "42[\"chunk\",{\"id\":\"" ID "\",\"conversation\":\"" ID "\",\"since\":%d,"
                     "\"seq\":%d,\"content\":\" twenty bytes of it.\"}]", number, number + 1);
  frame[0] = (char)0x81;
  frame[1] = 126; /* more than 125 bytes, always */
  frame[2] = size >> 8;
  frame[3] = size & 255;
  return size + 4;
}

static void emit_all(int events, int rate) {
  char frame[512];
  double began = now();
  for (int number = 0; number < events; number++) {
    size_t size = frame_of(frame, number);
    for (int i = 0; i < count; i++) send_all(sockets[i], frame, size);
    double wait = rate ? began + (number + 1.0) / rate - now() : 0;
    if (wait > 0) usleep(wait * 1e6);
  }
}

static void receive(int fd) {
  char data[4096];
  static const char head[] =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
  if (recv(fd, data, sizeof data, 0) <= 0) {
    close(fd);
  } else if (!has_opened[fd]) {
    has_opened[fd] = 1;
    send_all(fd, head, sizeof head - 1);
    send_all(fd, "\x81\x03" "0{}", 5);
  } else {
    sockets[count++] = fd;
    send_all(fd, "\x81\x04" "40{}", 6);
  }
}

int main(int argc, char **argv) {
  int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0), epoll = epoll_create1(0);
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  struct epoll_event found[256], want = {.events = EPOLLIN, .data.fd = listener};
  struct rlimit files = {MOST, MOST};
  if (argc != 4) return 1;
  setrlimit(RLIMIT_NOFILE, &files);
  at.sin_port = htons(atoi(argv[1]));
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (bind(listener, (struct sockaddr *)&at, sizeof at) || listen(listener, 1024)) return 1;
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &want);
  signal(SIGUSR2, ask);
  for (;;) {
    int ready = epoll_wait(epoll, found, 256, 1000);
    if (asked) {
      asked = 0;
      emit_all(atoi(argv[2]), atoi(argv[3]));
    }
    for (int i = 0; i < ready; i++) {
      if (found[i].data.fd != listener) {
        receive(found[i].data.fd);
        continue;
      }
      want.data.fd = accept(listener, NULL, NULL);
      if (want.data.fd >= 0) epoll_ctl(epoll, EPOLL_CTL_ADD, want.data.fd, &want);
    }
  }
}
