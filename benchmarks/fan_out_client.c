/* Many readers of one room in one thread: counts events, and says how fast they came.

   fan_out_client PORT READERS EVENTS PREFIX OPENED CONNECT CONNECTED [JOIN JOINED]

   Each reader opens a WebSocket, waits for a packet that begins with OPENED (unless that is empty),
   sends the packet CONNECT, waits for one that begins with CONNECTED, and does the same with JOIN and
   JOINED if they are given. A message may hold several packets, one a line. When all are ready,
   "ready" is printed. Once every reader has received EVENTS packets that begin with PREFIX, this
   prints the seconds from the first to the last of them, and the p50 and p99 of the seconds that an
   event takes from the first reader to the last. */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define AT_ONCE 50
#define BUFFER (1 << 17)
#define LIMIT_SECONDS 120

enum { HANDSHAKE, OPENING, CONNECTING, JOINING, READY };

struct reader {
  int fd, state, events, unread;
  char *rest; /* the beginning of a frame */
};

static int readers, events, port, opened, ready, done;
static const char *prefix, *opened_packet, *connect_packet, *connected, *join_packet, *joined;
static struct reader *all;
static double *first_at, *last_at;
static char buffer[BUFFER * 2];
static int epoll;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static void fail(const char *what) {
  fprintf(stderr, "fan_out_client: %s (%s)\n", what, strerror(errno));
  exit(1);
}

static void send_all(int fd, const char *data, size_t size) {
  if (send(fd, data, size, MSG_NOSIGNAL) != (ssize_t)size) fail("send");
}

static void send_text(int fd, const char *text) {
  unsigned char frame[1024] = {0x81};
  size_t size = strlen(text), head = 2;
  if (size > 900) fail("a packet is too long");
  frame[1] = 0x80 | (size < 126 ? size : 126);
  if (size >= 126) {
    frame[2] = size >> 8;
    frame[3] = size & 255;
    head = 4;
  }
  memcpy(frame + head + 4, text, size); /* masked with zeros */
  send_all(fd, (char *)frame, head + 4 + size);
}

static void open_next(void) {
  struct reader *r = &all[opened++];
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
  struct epoll_event want = {.events = EPOLLIN, .data.ptr = r};
  char request[512];
  int one = 1;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  r->fd = socket(AF_INET, SOCK_STREAM, 0);
  if (r->fd < 0 || connect(r->fd, (struct sockaddr *)&to, sizeof to)) fail("connect");
  setsockopt(r->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  snprintf(request, sizeof request,
           "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
           "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
           "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n", port);
  send_all(r->fd, request, strlen(request));
  epoll_ctl(epoll, EPOLL_CTL_ADD, r->fd, &want);
}

static int begins(const char *text, size_t size, const char *with) {
  size_t length = strlen(with);
  return size >= length && !memcmp(text, with, length);
}

static void is_ready(struct reader *r) {
  r->state = READY;
  ready++;
  if (opened < readers) open_next();
  if (ready == readers) {
    puts("ready");
    fflush(stdout);
  }
}

static void count(struct reader *r, double at) {
  int number = r->events++;
  if (number >= events) return;
  if (!first_at[number]) first_at[number] = at;
  last_at[number] = at;
  if (r->events == events) done++;
}

static void receive_packet(struct reader *r, const char *text, size_t size, double at) {
  if (size == 1 && *text == '2') {
    send_text(r->fd, "3");
  } else if (r->state == READY) {
    if (begins(text, size, prefix)) count(r, at);
  } else if (r->state == OPENING && begins(text, size, opened_packet)) {
    send_text(r->fd, connect_packet);
    r->state = CONNECTING;
  } else if (r->state == CONNECTING && begins(text, size, connected)) {
    if (!join_packet) { is_ready(r); return; }
    send_text(r->fd, join_packet);
    r->state = JOINING;
  } else if (r->state == JOINING && begins(text, size, joined)) {
    is_ready(r);
  }
}

static void receive_message(struct reader *r, const char *text, size_t size, double at) {
  const char *end = text + size, *line;
  for (; (line = memchr(text, '\n', end - text)); text = line + 1)
    receive_packet(r, text, line - text, at);
  if (text < end) receive_packet(r, text, end - text, at);
}

/* Returns how many bytes were handled: whole frames. */
static size_t receive_frames(struct reader *r, const unsigned char *data, size_t size, double at) {
  size_t used = 0;
  for (;;) {
    const unsigned char *frame = data + used;
    size_t left = size - used, head = 2, length;
    if (left < 2) return used;
    length = frame[1];
    if (length == 126) {
      if (left < 4) return used;
      length = frame[2] << 8 | frame[3];
      head = 4;
    } else if (length == 127) {
      if (left < 10) return used;
      length = (size_t)frame[6] << 24 | frame[7] << 16 | frame[8] << 8 | frame[9];
      head = 10;
    }
    if (left < head + length) return used;
    if (frame[0] == 0x88) fail("a reader was disconnected");
    receive_message(r, (const char *)frame + head, length, at);
    used += head + length;
  }
}

static void receive(struct reader *r) {
  ssize_t got;
  size_t size = r->unread, used = 0;
  double at;
  memcpy(buffer, r->rest, r->unread);
  got = recv(r->fd, buffer + size, BUFFER, MSG_DONTWAIT);
  if (got <= 0) fail("a reader's connection has ended");
  at = now();
  size += got;
  if (r->state == HANDSHAKE) {
    char *end = memmem(buffer, size, "\r\n\r\n", 4);
    if (end) {
      if (!memmem(buffer, size, " 101 ", 5)) fail("no WebSocket");
      r->state = OPENING;
      used = end + 4 - buffer;
      if (!*opened_packet) receive_packet(r, "", 0, at); /* this server waits for the client */
    }
  }
  if (r->state != HANDSHAKE)
    used += receive_frames(r, (unsigned char *)buffer + used, size - used, at);
  r->unread = size - used;
  if (r->unread > BUFFER) fail("a frame is too long");
  if (r->unread) {
    r->rest = realloc(r->rest, r->unread);
    memcpy(r->rest, buffer + used, r->unread);
  }
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(int argc, char **argv) {
  struct epoll_event found[256];
  double began = now();
  if (argc != 8 && argc != 10) fail("wrong arguments");
  port = atoi(argv[1]);
  readers = atoi(argv[2]);
  events = atoi(argv[3]);
  prefix = argv[4];
  opened_packet = argv[5];
  connect_packet = argv[6];
  connected = argv[7];
  if (argc == 10) {
    join_packet = argv[8];
    joined = argv[9];
  }
  all = calloc(readers, sizeof *all);
  first_at = calloc(events, sizeof *first_at);
  last_at = calloc(events, sizeof *last_at);
  epoll = epoll_create1(0);
  while (opened < readers && opened < AT_ONCE) open_next();
  while (done < readers) {
    int count = epoll_wait(epoll, found, 256, 1000);
    for (int i = 0; i < count; i++) receive(found[i].data.ptr);
    if (now() - began > LIMIT_SECONDS) fail("not all events have come");
  }
  double seconds = last_at[events - 1] - first_at[0];
  for (int i = 0; i < events; i++) last_at[i] -= first_at[i];
  qsort(last_at, events, sizeof *last_at, compare);
  printf("%.6f %.6f %.6f\n", seconds, last_at[events / 2], last_at[events * 99 / 100]);
  return 0;
}
