#pragma once
#include <napi.h>

#include <memory>
#include <optional>

#include "batch/intake.h"
#include "binding/intake_options.h"
#include "sys/capture_file.h"

namespace binding {

/// `Capture`: a capture file that fills a batch. `new Capture({ fd?, memory, arena, capacity,
/// interest, key, everyPacket })` maps the regular file behind `fd`; without one the bytes come
/// through `feed` and `end`.
class Capture : public Napi::ObjectWrap<Capture> {
 public:
  static Napi::Function define(Napi::Env env);

  explicit Capture(const Napi::CallbackInfo& info);

 private:
  Napi::Value drain(const Napi::CallbackInfo& info);
  Napi::Value feed(const Napi::CallbackInfo& info);
  Napi::Value end(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);
  Napi::Value counters(const Napi::CallbackInfo& info);
  Napi::Value set_interest(const Napi::CallbackInfo& info);
  Napi::Value state(const Napi::CallbackInfo& info);
  Napi::Value failure(const Napi::CallbackInfo& info);
  Napi::Value position(const Napi::CallbackInfo& info);
  Napi::Value interfaces(const Napi::CallbackInfo& info);

  BatchMemory memory_;
  std::optional<batch::Intake> intake_;
  std::unique_ptr<sys::CaptureFile> file_;
  sys::Step state_ = sys::Step::frame;
};

}  // namespace binding
