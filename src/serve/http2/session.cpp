#include "serve/http2/session.hpp"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <deque>
#include <new>
#include <stdexcept>
#include <unordered_map>

#include "serve/http2/allowance.hpp"

namespace upkeep::serve {

std::string_view Http2Head::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (key == name) return value;
  return {};
}

namespace {

constexpr std::size_t kHttp2Output = 64 << 10;  // bytes handed out at once
constexpr std::size_t kPairBytes = 32;          // that a header pair counts beside its text
constexpr std::size_t kHopelessHeaders = 64;    // times the limit: nobody who means well sends that
constexpr double kUpdatesPerDataFrame = 10;     // window updates that a sent frame of data allows

std::uint8_t* bytes_of(std::string_view text) { return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data())); }  // nghttp2 copies

nghttp2_nv pair_of(std::string_view name, std::string_view value) {
  return {
      .name = bytes_of(name), .value = bytes_of(value), .namelen = name.size(), .valuelen = value.size(), .flags = NGHTTP2_NV_FLAG_NONE};
}

std::vector<nghttp2_nv> pairs_of(const Http2Headers& headers) {
  std::vector<nghttp2_nv> pairs;
  for (const auto& [name, value] : headers) pairs.push_back(pair_of(name, value));
  return pairs;
}

struct OpenStream {
  std::int32_t id = 0;
  Http2Session::Time moved{};  // when a byte came in or went out last
  // In
  Http2Head head;
  std::size_t header_bytes = 0;
  bool opened = false, whole = false;
  std::size_t held = 0;  // bytes of the body that somebody keeps
  std::unique_ptr<Http2Stream> handler;
  // Out
  std::deque<std::string> chunks;
  std::size_t offset = 0;  // of the first chunk
  std::size_t unsent = 0;
  bool responded = false, finished = false, deferred = false;
  Http2Headers trailers;
};

}  // namespace

struct Http2Session::State {
  State(Http2Session& self_in, Http2Owner& owner_in, const Http2Limits& limits_in, Http2Opener opener_in)
      : self(self_in), owner(owner_in), limits(limits_in), opener(std::move(opener_in)) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_option* options = nullptr;
    if (nghttp2_session_callbacks_new(&callbacks) != 0 || nghttp2_option_new(&options) != 0) throw std::bad_alloc();
    set_callbacks(callbacks);
    nghttp2_option_set_no_auto_window_update(options, 1);
    nghttp2_option_set_stream_reset_rate_limit(options, 1'000'000, 1'000'000);  // ours is stricter, and has one clock
    const int made = nghttp2_session_server_new2(&session, callbacks, this, options);
    nghttp2_option_del(options);
    nghttp2_session_callbacks_del(callbacks);
    if (made != 0) throw std::bad_alloc();
    const nghttp2_settings_entry ours[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits.max_streams},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits.stream_window},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(limits.max_header_bytes)},
        {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
    };
    nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, ours, std::size(ours));
    nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, static_cast<std::int32_t>(limits.connection_window));
  }
  ~State() {
    streams.clear();  // their owners may still ask the session
    nghttp2_session_del(session);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  static State& of(void* user) { return *static_cast<State*>(user); }

  void set_callbacks(nghttp2_session_callbacks* callbacks) {
    nghttp2_session_callbacks_set_on_begin_headers_callback(
        callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* user) { return of(user).begin_headers(*frame); });
    nghttp2_session_callbacks_set_on_header_callback(callbacks, [](nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                                                                   std::size_t name_bytes, const std::uint8_t* value,
                                                                   std::size_t value_bytes, std::uint8_t, void* user) {
      const auto text = [](const std::uint8_t* at, std::size_t size) { return std::string_view(reinterpret_cast<const char*>(at), size); };
      of(user).header(*frame, text(name, name_bytes), text(value, value_bytes));
      return 0;
    });
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* user) {
      of(user).received(*frame);
      return 0;
    });
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, [](nghttp2_session*, const nghttp2_frame*, int, void* user) {
      of(user).spend(of(user).resets);
      return 0;
    });
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
        callbacks, [](nghttp2_session*, std::uint8_t, std::int32_t stream, const std::uint8_t* data, std::size_t size, void* user) {
          of(user).data(stream, std::string_view(reinterpret_cast<const char*>(data), size));
          return 0;
        });
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, [](nghttp2_session*, std::int32_t stream, std::uint32_t, void* user) {
      of(user).closed(stream);
      return 0;
    });
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* user) {
      of(user).frame_left(*frame);
      return 0;
    });
    nghttp2_session_callbacks_set_data_source_read_length_callback2(
        callbacks,
        [](nghttp2_session*, std::uint8_t, std::int32_t, std::int32_t connection, std::int32_t stream, std::uint32_t frame, void*)
            -> nghttp2_ssize { return std::min<std::int64_t>({connection, stream, std::int64_t{frame}, std::int64_t{kHttp2Output}}); });
  }

  OpenStream* find(std::int32_t id) {
    const auto found = streams.find(id);
    return found == streams.end() ? nullptr : &found->second;
  }

  void calm() { end(NGHTTP2_ENHANCE_YOUR_CALM); }
  void end(std::uint32_t error) {
    if (!terminated) nghttp2_session_terminate_session(session, error);
    terminated = true;
  }
  void drain() {
    if (terminated || std::exchange(drained, true)) return;
    const std::int32_t last = nghttp2_session_get_last_proc_stream_id(session);
    nghttp2_submit_goaway(session, NGHTTP2_FLAG_NONE, last, NGHTTP2_NO_ERROR, nullptr, 0);
  }
  void spend(Allowance& allowance) {
    if (!allowance.spend(now)) calm();
  }

  // --- in: called by nghttp2 within receive() ---

  int begin_headers(const nghttp2_frame& frame) {
    if (frame.hd.type != NGHTTP2_HEADERS || frame.headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
    if (terminated) return 0;
    if (held > limits.max_held_bytes) {
      nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame.hd.stream_id, NGHTTP2_REFUSED_STREAM);
      return 0;
    }
    OpenStream& stream = streams[frame.hd.stream_id];
    stream.id = frame.hd.stream_id;
    stream.moved = now;
    return 0;
  }

  void header(const nghttp2_frame& frame, std::string_view name, std::string_view value) {
    OpenStream* const stream = find(frame.hd.stream_id);
    if (!stream) return;
    stream->header_bytes += name.size() + value.size() + kPairBytes;
    if (stream->header_bytes > limits.max_header_bytes * kHopelessHeaders) return calm();
    if (stream->header_bytes > limits.max_header_bytes) {
      stream->head.too_large = true;
      return;
    }
    if (stream->opened) return;  // trailers, of which nothing here makes use
    Http2Head& head = stream->head;
    if (name == ":method") head.method = value;
    else if (name == ":path") head.path = value;
    else if (name == ":scheme") head.scheme = value;
    else if (name == ":authority") head.authority = value;
    else head.headers.emplace_back(name, value);
  }

  void received(const nghttp2_frame& frame) {
    switch (frame.hd.type) {
      case NGHTTP2_HEADERS:
        if (OpenStream* const stream = find(frame.hd.stream_id)) {
          if (!stream->opened) open(*stream);
          else spend(empty_frames);  // trailers
        }
        break;
      case NGHTTP2_DATA:
        if (frame.hd.length <= frame.data.padlen && !(frame.hd.flags & NGHTTP2_FLAG_END_STREAM)) spend(empty_frames);
        break;
      case NGHTTP2_SETTINGS:
        if (!(frame.hd.flags & NGHTTP2_FLAG_ACK)) spend(settings);
        return;
      case NGHTTP2_PING:
        if (!(frame.hd.flags & NGHTTP2_FLAG_ACK)) spend(pings);
        else if (announced) drain();  // what was on its way when the client heard of the end has arrived
        return;
      case NGHTTP2_RST_STREAM: return spend(resets);
      case NGHTTP2_WINDOW_UPDATE: return spend(window_updates);
      default: return spend(others);
    }
    if (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) whole(frame.hd.stream_id);
  }

  void open(OpenStream& stream) {
    stream.opened = true;
    stream.moved = now;
    const std::int32_t id = stream.id;
    auto handler = opener(self, id, std::move(stream.head));
    if (OpenStream* const still = find(id)) still->handler = std::move(handler);
  }

  void data(std::int32_t id, std::string_view bytes) {
    nghttp2_session_consume_connection(session, bytes.size());
    OpenStream* const stream = find(id);
    if (!stream || !stream->handler || stream->finished) {  // answered already
      nghttp2_session_consume_stream(session, id, bytes.size());
      return;
    }
    stream->moved = now;
    stream->held += bytes.size();
    held += bytes.size();
    if (held > limits.max_held_bytes) return self.reset(id, Http2Error::kEnhanceYourCalm);
    stream->handler->receive(bytes);
  }

  void whole(std::int32_t id) {
    OpenStream* const stream = find(id);
    if (!stream || stream->whole) return;
    stream->whole = true;
    if (stream->handler && !stream->finished) stream->handler->finish();
  }

  void closed(std::int32_t id) {
    auto gone = streams.extract(id);
    if (gone.empty()) return;
    held -= gone.mapped().held + gone.mapped().unsent;
  }

  // --- out ---

  void frame_left(const nghttp2_frame& frame) {
    if (frame.hd.type == NGHTTP2_DATA) window_updates.earn(kUpdatesPerDataFrame);
    if (frame.hd.type == NGHTTP2_RST_STREAM) {  // the client's doing, but for the first, which ends the body of an early answer
      const std::uint32_t error = frame.rst_stream.error_code;
      if (error != NGHTTP2_NO_ERROR) spend(error == NGHTTP2_REFUSED_STREAM ? refused : resets);
    }
    const bool ends = (frame.hd.type == NGHTTP2_DATA || frame.hd.type == NGHTTP2_HEADERS) && (frame.hd.flags & NGHTTP2_FLAG_END_STREAM);
    const OpenStream* const stream = ends ? find(frame.hd.stream_id) : nullptr;
    if (stream && !stream->whole)  // the answer is complete: the client need not go on with the body (RFC 9113, 8.1)
      nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame.hd.stream_id, NGHTTP2_NO_ERROR);
  }

  nghttp2_ssize read(std::int32_t id, std::uint8_t* to, std::size_t most, std::uint32_t& flags) {
    OpenStream* const stream = find(id);
    if (!stream) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    std::size_t count = 0;
    while (count < most && !stream->chunks.empty()) {
      const std::string& chunk = stream->chunks.front();
      const std::size_t part = std::min(most - count, chunk.size() - stream->offset);
      std::memcpy(to + count, chunk.data() + stream->offset, part);
      count += part;
      stream->offset += part;
      if (stream->offset < chunk.size()) continue;
      stream->chunks.pop_front();
      stream->offset = 0;
    }
    stream->unsent -= count;
    held -= count;
    stream->moved = now;
    if (!stream->chunks.empty()) return static_cast<nghttp2_ssize>(count);
    if (stream->finished) return end_of_body(*stream, count, flags);
    if (count == 0) {
      stream->deferred = true;
      return NGHTTP2_ERR_DEFERRED;
    }
    if (stream->handler) stream->handler->sent();
    return static_cast<nghttp2_ssize>(count);
  }

  nghttp2_ssize end_of_body(const OpenStream& stream, std::size_t count, std::uint32_t& flags) {
    flags |= NGHTTP2_DATA_FLAG_EOF;
    if (!stream.trailers.empty()) {
      flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
      const std::vector<nghttp2_nv> pairs = pairs_of(stream.trailers);
      nghttp2_submit_trailer(session, stream.id, pairs.data(), pairs.size());
    }
    return static_cast<nghttp2_ssize>(count);
  }

  void resume(OpenStream& stream) {
    if (!stream.deferred) return;
    stream.deferred = false;
    nghttp2_session_resume_data(session, stream.id);
  }

  bool stalled(const OpenStream& stream) const {
    if (!stream.opened) return now - stream.moved > limits.header_timeout;
    if (stream.handler && stream.handler->patient()) return false;
    return (!stream.whole || stream.unsent > 0) && now - stream.moved > limits.stall_timeout;
  }

  Http2Session& self;
  Http2Owner& owner;
  Http2Limits limits;
  Http2Opener opener;
  nghttp2_session* session = nullptr;
  std::unordered_map<std::int32_t, OpenStream> streams;
  std::size_t held = 0;  // bytes of all streams: bodies that somebody keeps, answers that have not left
  bool terminated = false, announced = false, drained = false;
  Time now{};
  // At once, and per second. A client that means well stays far below: gRPC's cancel a call each, and ping when data flows.
  Allowance resets{500, 100}, pings{500, 50}, settings{50, 5}, empty_frames{100, 10}, window_updates{10'000, 1'000}, refused{5'000, 1'000},
      others{500, 50};
};

Http2Session::Http2Session(Http2Owner& owner, const Http2Limits& limits, Http2Opener opener)
    : state_(std::make_unique<State>(*this, owner, limits, std::move(opener))) {}

Http2Session::~Http2Session() = default;

void Http2Session::receive(std::string_view bytes, Time now) {
  State& state = *state_;
  state.now = now;
  if (state.terminated) return;
  const nghttp2_ssize count = nghttp2_session_mem_recv2(state.session, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  if (count >= 0) return;
  switch (count) {
    case NGHTTP2_ERR_FLOODED:
    case NGHTTP2_ERR_TOO_MANY_CONTINUATIONS:
    case NGHTTP2_ERR_TOO_MANY_SETTINGS: return state.calm();
    case NGHTTP2_ERR_BAD_CLIENT_MAGIC: return state.end(NGHTTP2_PROTOCOL_ERROR);
    default: return state.end(NGHTTP2_INTERNAL_ERROR);
  }
}

std::string Http2Session::output(Time now) {
  state_->now = now;
  std::string out;
  while (out.size() < kHttp2Output) {
    const std::uint8_t* bytes = nullptr;
    const nghttp2_ssize count = nghttp2_session_mem_send2(state_->session, &bytes);
    if (count <= 0) break;
    out.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(count));
  }
  return out;
}

bool Http2Session::ended() const { return !nghttp2_session_want_read(state_->session) && !nghttp2_session_want_write(state_->session); }

void Http2Session::tick(Time now) {
  state_->now = now;
  std::vector<std::int32_t> late;
  for (const auto& [id, stream] : state_->streams) {
    if (state_->stalled(stream)) late.push_back(id);
    if (stream.handler && !stream.finished) stream.handler->tick();
  }
  for (const std::int32_t id : late) {
    if (!state_->streams.at(id).opened) return state_->calm();  // nothing else can be read before these headers end
    reset(id, Http2Error::kCancel);
  }
}

void Http2Session::announce_drain() {
  if (std::exchange(state_->announced, true)) return;
  nghttp2_submit_shutdown_notice(state_->session);
  nghttp2_submit_ping(state_->session, NGHTTP2_FLAG_NONE, nullptr);
}

void Http2Session::drain() { state_->drain(); }

std::size_t Http2Session::streams() const { return state_->streams.size(); }

Http2Stream* Http2Session::find(std::int32_t id) const {
  const OpenStream* const stream = state_->find(id);
  return stream ? stream->handler.get() : nullptr;
}

void Http2Session::respond(std::int32_t id, int status, const Http2Headers& headers, bool with_body) {
  OpenStream* const stream = state_->find(id);
  if (!stream || stream->responded) return;
  stream->responded = true;
  stream->moved = state_->now;
  if (!with_body) stream->finished = true;
  const std::string code = std::to_string(status);
  std::vector<nghttp2_nv> pairs = pairs_of(headers);
  pairs.insert(pairs.begin(), pair_of(":status", code));
  nghttp2_data_provider2 body{};
  body.read_callback = [](nghttp2_session*, std::int32_t one, std::uint8_t* to, std::size_t most, std::uint32_t* flags,
                          nghttp2_data_source*, void* user) { return State::of(user).read(one, to, most, *flags); };
  nghttp2_submit_response2(state_->session, id, pairs.data(), pairs.size(), with_body ? &body : nullptr);
}

void Http2Session::inform(std::int32_t id, int status) {
  if (!state_->find(id)) return;
  const std::string code = std::to_string(status);
  const nghttp2_nv pair = pair_of(":status", code);
  nghttp2_submit_headers(state_->session, NGHTTP2_FLAG_NONE, id, nullptr, &pair, 1, nullptr);
}

void Http2Session::write(std::int32_t id, std::string bytes) {
  OpenStream* const stream = state_->find(id);
  if (!stream || stream->finished || bytes.empty()) return;
  if (stream->unsent == 0) stream->moved = state_->now;
  stream->unsent += bytes.size();
  state_->held += bytes.size();
  stream->chunks.push_back(std::move(bytes));
  state_->resume(*stream);
}

void Http2Session::finish(std::int32_t id, Http2Headers trailers) {
  OpenStream* const stream = state_->find(id);
  if (!stream || stream->finished) return;
  stream->finished = true;
  stream->trailers = std::move(trailers);
  state_->resume(*stream);
}

void Http2Session::reset(std::int32_t id, Http2Error error) {
  if (OpenStream* const stream = state_->find(id)) {
    stream->finished = true;  // nothing more is taken or told
    nghttp2_submit_rst_stream(state_->session, NGHTTP2_FLAG_NONE, id, static_cast<std::uint32_t>(error));
  }
}

std::size_t Http2Session::unsent(std::int32_t id) const {
  const OpenStream* const stream = state_->find(id);
  return stream ? stream->unsent : 0;
}

void Http2Session::open_window(std::int32_t id, std::size_t bytes) {
  if (bytes > 0) nghttp2_session_consume_stream(state_->session, id, bytes);
}

void Http2Session::release(std::int32_t id, std::size_t bytes) {
  OpenStream* const stream = state_->find(id);
  if (!stream) return;
  bytes = std::min(bytes, stream->held);
  stream->held -= bytes;
  state_->held -= bytes;
}

Http2Owner& Http2Session::owner() const { return state_->owner; }

}  // namespace upkeep::serve
