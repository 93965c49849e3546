#include "serve/http2/client_session.hpp"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <new>

namespace upkeep::serve {

static constexpr std::uint32_t kReplyWindow = std::uint32_t{8} << 20;
static constexpr std::int32_t kRepliesWindow = std::int32_t{32} << 20;

struct Http2Client::State {
  struct Sent {
    std::string body;
    std::size_t at = 0;
  };

  static State& of(void* user) { return *static_cast<State*>(user); }

  explicit State(std::size_t most) : max_reply_bytes(most) {
    nghttp2_session_callbacks* callbacks = nullptr;
    if (nghttp2_session_callbacks_new(&callbacks) != 0) throw std::bad_alloc();
    nghttp2_session_callbacks_set_on_header_callback(
        callbacks, [](nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_bytes,
                      const std::uint8_t* value, std::size_t value_bytes, std::uint8_t, void* user) {
          Http2Reply& reply = of(user).replies[frame->hd.stream_id];
          reply.headers[std::string(reinterpret_cast<const char*>(name), name_bytes)] =
              std::string(reinterpret_cast<const char*>(value), value_bytes);
          return 0;
        });
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
        callbacks, [](nghttp2_session* one, std::uint8_t, std::int32_t stream, const std::uint8_t* data, std::size_t size, void* user) {
          Http2Reply& reply = of(user).replies[stream];
          if (reply.body.size() + size > of(user).max_reply_bytes)
            nghttp2_submit_rst_stream(one, NGHTTP2_FLAG_NONE, stream, NGHTTP2_CANCEL);
          else reply.body.append(reinterpret_cast<const char*>(data), size);
          return 0;
        });
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks,
                                                           [](nghttp2_session*, std::int32_t stream, std::uint32_t error, void* user) {
                                                             Http2Reply& reply = of(user).replies[stream];
                                                             reply.closed = true;
                                                             reply.error = error;
                                                             of(user).sent.erase(stream);
                                                             return 0;
                                                           });
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* user) {
      if (frame->hd.type == NGHTTP2_GOAWAY) of(user).open = false;
      return 0;
    });
    const int made = nghttp2_session_client_new(&session, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    if (made != 0) throw std::bad_alloc();
    const nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kReplyWindow}, {NGHTTP2_SETTINGS_ENABLE_PUSH, 0}};
    nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings, std::size(settings));
    nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, kRepliesWindow);
  }
  ~State() { nghttp2_session_del(session); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  static nghttp2_ssize read(nghttp2_session*, std::int32_t stream, std::uint8_t* to, std::size_t most, std::uint32_t* flags,
                            nghttp2_data_source*, void* user) {
    Sent& sent = of(user).sent.at(stream);
    const std::size_t count = std::min(most, sent.body.size() - sent.at);
    std::copy_n(sent.body.data() + sent.at, count, to);
    sent.at += count;
    if (sent.at == sent.body.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<nghttp2_ssize>(count);
  }

  std::size_t max_reply_bytes;
  nghttp2_session* session = nullptr;
  std::map<std::int32_t, Sent> sent;
  std::map<std::int32_t, Http2Reply> replies;
  bool open = true;
};

Http2Client::Http2Client(std::size_t max_reply_bytes) : state_(std::make_unique<State>(max_reply_bytes)) {}

Http2Client::~Http2Client() = default;

std::int32_t Http2Client::request(const Http2Headers& headers, std::string body) {
  std::vector<nghttp2_nv> pairs;
  const auto bytes = [](const std::string& text) { return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data())); };  // are copied
  for (const auto& [name, value] : headers) pairs.push_back({bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
  nghttp2_data_provider2 provider{};
  provider.read_callback = State::read;
  const std::int32_t stream = nghttp2_submit_request2(state_->session, nullptr, pairs.data(), pairs.size(), &provider, nullptr);
  if (stream < 0) throw std::bad_alloc();
  state_->sent[stream] = {.body = std::move(body), .at = 0};
  state_->replies[stream];
  return stream;
}

std::string Http2Client::output() {
  std::string out;
  const std::uint8_t* bytes = nullptr;
  while (out.size() < kReplyWindow) {
    const nghttp2_ssize count = nghttp2_session_mem_send2(state_->session, &bytes);
    if (count <= 0) break;
    out.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(count));
  }
  return out;
}

bool Http2Client::receive(std::string_view bytes) {
  return nghttp2_session_mem_recv2(state_->session, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()) >= 0;
}

const Http2Reply& Http2Client::reply(std::int32_t stream) const { return state_->replies.at(stream); }

void Http2Client::forget(std::int32_t stream) { state_->replies.erase(stream); }

bool Http2Client::open() const { return state_->open && nghttp2_session_want_read(state_->session) != 0; }

}  // namespace upkeep::serve
