// A session and nghttp2's own client at its other end, for tests: bytes go to and fro in memory until both are silent.
#pragma once

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "serve/http2/session.hpp"

namespace upkeep::serve {

struct PeerReply {
  std::map<std::string, std::string> headers;  // trailers are among them
  std::string body;
  bool closed = false;
  std::uint32_t error = 0;
  int status() const { return headers.contains(":status") ? std::stoi(headers.at(":status")) : 0; }
};

class TestOwner : public Http2Owner {
 public:
  using Step = std::move_only_function<void(Http2Session&)>;
  void post(Step step) override {
    const std::lock_guard lock(mutex);
    steps.push_back(std::move(step));
    arrived.notify_all();
  }
  const Peer& peer() const override { return client; }

  std::optional<Step> take() {
    const std::lock_guard lock(mutex);
    if (steps.empty()) return std::nullopt;
    Step step = std::move(steps.front());
    steps.pop_front();
    return step;
  }
  bool wait() {
    std::unique_lock lock(mutex);
    return arrived.wait_for(lock, std::chrono::seconds(30), [this] { return !steps.empty(); });
  }

  Peer client{.address = "127.0.0.1"};

 private:
  std::mutex mutex;
  std::condition_variable arrived;
  std::deque<Step> steps;
};

class TestPeer {
 public:
  explicit TestPeer(Http2Opener opener, const Http2Limits& limits = {}, std::uint32_t window = 1 << 20)
      : session(*owner, limits, std::move(opener)) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(
        callbacks, [](nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_bytes,
                      const std::uint8_t* value, std::size_t value_bytes, std::uint8_t, void* user) {
          static_cast<TestPeer*>(user)
              ->replies[frame->hd.stream_id]
              .headers[std::string(reinterpret_cast<const char*>(name), name_bytes)]
              .assign(reinterpret_cast<const char*>(value), value_bytes);
          return 0;
        });
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
        callbacks, [](nghttp2_session* one, std::uint8_t, std::int32_t stream, const std::uint8_t* data, std::size_t size, void* user) {
          auto& self = *static_cast<TestPeer*>(user);
          self.replies[stream].body.append(reinterpret_cast<const char*>(data), size);
          if (!self.stalled) nghttp2_session_consume(one, stream, size);
          return 0;
        });
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks,
                                                           [](nghttp2_session*, std::int32_t stream, std::uint32_t error, void* user) {
                                                             auto& reply = static_cast<TestPeer*>(user)->replies[stream];
                                                             reply.closed = true, reply.error = error;
                                                             return 0;
                                                           });
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* user) {
      auto& self = *static_cast<TestPeer*>(user);
      if (frame->hd.type == NGHTTP2_GOAWAY) self.goaways.emplace_back(frame->goaway.last_stream_id, frame->goaway.error_code);
      return 0;
    });
    nghttp2_option* options = nullptr;
    nghttp2_option_new(&options);
    nghttp2_option_set_no_auto_window_update(options, 1);
    nghttp2_session_client_new2(&client, callbacks, this, options);
    nghttp2_option_del(options);
    nghttp2_session_callbacks_del(callbacks);
    const nghttp2_settings_entry settings{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window};
    nghttp2_submit_settings(client, NGHTTP2_FLAG_NONE, &settings, 1);
  }
  ~TestPeer() { nghttp2_session_del(client); }
  TestPeer(const TestPeer&) = delete;
  TestPeer& operator=(const TestPeer&) = delete;

  // Sends a request; `body` is sent as flow control allows; without `whole` the request stays open.
  std::int32_t request(const Http2Headers& headers, std::string body = {}, bool whole = true) {
    std::vector<nghttp2_nv> pairs;
    for (const auto& [name, value] : headers)
      pairs.push_back({const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(name.data())),
                       const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(value.data())), name.size(), value.size(), 0});
    auto& out = *outs.emplace_back(std::make_unique<Out>(std::move(body), whole));
    nghttp2_data_provider2 provider{.source = {.ptr = &out}, .read_callback = read};
    const bool none = out.body.empty() && whole;
    const std::int32_t stream = nghttp2_submit_request2(client, nullptr, pairs.data(), pairs.size(), none ? nullptr : &provider, nullptr);
    by_stream[stream] = &out;
    return stream;
  }
  std::int32_t get(const std::string& path) { return request(head("GET", path)); }
  void more(std::int32_t stream, std::string bytes, bool whole) {
    by_stream.at(stream)->body += bytes;
    by_stream.at(stream)->whole = whole;
    nghttp2_session_resume_data(client, stream);
  }
  static Http2Headers head(const std::string& method, const std::string& path) {
    return {{":method", method}, {":scheme", "http"}, {":path", path}, {":authority", "localhost"}};
  }

  std::string client_bytes() {
    std::string out;
    const std::uint8_t* bytes = nullptr;
    for (nghttp2_ssize count = 0; (count = nghttp2_session_mem_send2(client, &bytes)) > 0;)
      out.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(count));
    return out;
  }

  // To and fro until nobody has anything to say.
  void talk() {
    for (bool busy = true; busy;) {
      busy = false;
      if (const std::string bytes = client_bytes(); !bytes.empty()) session.receive(bytes, now), busy = true;
      while (auto step = owner->take()) (*step)(session), busy = true;
      if (const std::string bytes = session.output(now); !bytes.empty()) take(bytes), busy = true;
    }
  }
  // The same, until the stream is closed: its answer may be made by other threads.
  const PeerReply& answer(std::int32_t stream) {
    for (talk(); !replies[stream].closed && owner->wait();) talk();
    return replies[stream];
  }
  void take(std::string_view bytes) {
    nghttp2_session_mem_recv2(client, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  }

  struct Out {
    std::string body;
    bool whole;
    std::size_t sent = 0;
  };
  static nghttp2_ssize read(nghttp2_session*, std::int32_t, std::uint8_t* to, std::size_t most, std::uint32_t* flags,
                            nghttp2_data_source* source, void*) {
    auto& out = *static_cast<Out*>(source->ptr);
    const std::size_t count = std::min(most, out.body.size() - out.sent);
    std::copy_n(out.body.data() + out.sent, count, to);
    out.sent += count;
    if (out.sent == out.body.size() && out.whole) *flags |= NGHTTP2_DATA_FLAG_EOF;
    else if (count == 0) return NGHTTP2_ERR_DEFERRED;
    return static_cast<nghttp2_ssize>(count);
  }

  std::shared_ptr<TestOwner> owner = std::make_shared<TestOwner>();
  Http2Session session;
  nghttp2_session* client = nullptr;
  std::map<std::int32_t, PeerReply> replies;
  std::vector<std::pair<std::int32_t, std::uint32_t>> goaways;  // last stream, error
  std::vector<std::unique_ptr<Out>> outs;
  std::map<std::int32_t, Out*> by_stream;
  bool stalled = false;  // the client reads nothing more than its window
  Http2Session::Time now{std::chrono::hours(1)};
};

}  // namespace upkeep::serve
