#pragma once
#include <napi.h>

namespace binding {

/// findAccount(name): `{ user, group }`, or undefined where nobody is called that.
Napi::Value find_account(const Napi::CallbackInfo& info);
/// isNarrowed(): whether this process, if it began so, holds no rights but those to rings and the
/// table.
Napi::Value is_narrowed(const Napi::CallbackInfo& info);
/// narrow(user, group) or narrow(): gives rights away; `becomeProgram` must follow.
Napi::Value narrow(const Napi::CallbackInfo& info);
/// becomeProgram(path, arguments, descriptors): does not return, unless by throwing.
Napi::Value become_program(const Napi::CallbackInfo& info);
/// forbidDumps(): nobody but root looks into this process.
Napi::Value forbid_dumps(const Napi::CallbackInfo& info);

}  // namespace binding
