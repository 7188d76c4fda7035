package e2e_test

// arrivals is what each entry of docs/shapes.md brings along to a machine, which is called by Node's names of its system and processor, and
// its libc.
func arrivals() map[string]string {
	return map[string]string{
		"linux x64 glibc": `
			tool@1.1.0: @tool/linux-x64@1.1.0
			@example/pilot@1.1.0: @example/pilot-linux-x64@npm:@example/pilot@1.1.0-linux-x64
			image@1.1.0: @img/image-fonts-linux-x64@2.0.0 @img/image-libs-linux-x64@7.1.0 @img/image-linux-x64@1.1.0
			@bind/bind@1.0.0: @bind/binding-javascript@1.0.0 @bind/binding-linux-x64-gnu@1.0.0
			shell@1.0.0: linux-x64-shell@1.0.0
			@example/preview@2.0.0-dev.10: @example/preview-linux-x64@2.0.0-dev.10
			engine@1.1.0: @engine/linux-x64@1.1.0
			@engine/slim@1.1.0: @engine/linux-x64@1.1.0`,
		"linux x64 musl": `
			tool@1.1.0: @tool/linux-x64@1.1.0
			@example/pilot@1.1.0: @example/pilot-linux-x64@npm:@example/pilot@1.1.0-linux-x64
			image@1.1.0: @img/image-fonts-linux-x64@2.0.0 @img/image-libs-linuxmusl-x64@7.1.0 @img/image-linuxmusl-x64@1.1.0
			@bind/bind@1.0.0: @bind/binding-javascript@1.0.0 @bind/binding-linux-x64-musl@1.0.0
			shell@1.0.0: alpine-x64-shell@1.0.0 linux-x64-shell@1.0.0
			@example/preview@2.0.0-dev.10: @example/preview-linux-x64@2.0.0-dev.10
			engine@1.1.0: @engine/linux-x64@1.1.0
			@engine/slim@1.1.0: @engine/linux-x64@1.1.0`,
		"linux arm64 glibc": `
			tool@1.1.0: @tool/linux-arm64@1.1.0
			@example/pilot@1.1.0: @example/pilot-linux-arm64@npm:@example/pilot@1.1.0-linux-arm64
			image@1.1.0: @img/image-fonts-linux-arm64@2.0.0 @img/image-libs-linux-arm64@7.1.0 @img/image-linux-arm64@1.1.0
			@bind/bind@1.0.0: @bind/binding-javascript@1.0.0 @bind/binding-linux-arm64-gnu@1.0.0
			shell@1.0.0: unix-arm64-shell@1.0.0
			@example/preview@2.0.0-dev.10: @example/preview-linux-arm64@2.0.0-dev.10
			engine@1.1.0: @engine/linux-arm64@1.1.0
			@engine/slim@1.1.0: @engine/linux-arm64@1.1.0`,
		"darwin arm64": `
			tool@1.1.0: @tool/darwin-arm64@1.1.0
			@example/pilot@1.1.0: @example/pilot-darwin-arm64@npm:@example/pilot@1.1.0-darwin-arm64
			image@1.1.0: @img/image-darwin-arm64@1.1.0 @img/image-fonts-darwin-arm64@2.0.0 @img/image-libs-darwin-arm64@7.1.0
			@bind/bind@1.0.0: @bind/binding-darwin-arm64@1.0.0 @bind/binding-javascript@1.0.0
			shell@1.0.0: mac-shell@1.0.0
			@example/preview@2.0.0-dev.10: @example/preview-darwin-arm64@2.0.0-dev.10
			engine@1.1.0: @engine/darwin-arm64@1.1.0
			@engine/slim@1.1.0: @engine/darwin-arm64@1.1.0`,
		"win32 x64": `
			tool@1.1.0: @tool/win32-x64@1.1.0
			@example/pilot@1.1.0: @example/pilot-win32-x64@npm:@example/pilot@1.1.0-win32-x64
			image@1.1.0: @img/image-win32-x64@1.1.0
			@bind/bind@1.0.0: @bind/binding-javascript@1.0.0 @bind/binding-win32-x64-msvc@1.0.0
			shell@1.0.0: windows-shell@1.0.0
			@example/preview@2.0.0-dev.10: @example/preview-win32-x64@2.0.0-dev.10
			engine@1.1.0: @engine/win32-x64@1.1.0
			@engine/slim@1.1.0: @engine/win32-x64@1.1.0`,
		"freebsd ia32": `
			tool@1.1.0:
			@example/pilot@1.1.0:
			image@1.1.0:
			@bind/bind@1.0.0: @bind/binding-javascript@1.0.0
			shell@1.0.0: old-shell@1.0.0
			@example/preview@2.0.0-dev.10:
			engine@1.1.0:
			@engine/slim@1.1.0:`,
	}
}
