import { describe, expect, it } from 'vitest';
import { parseTreeinfo } from '../../../src/formats/rpm/treeinfo.js';

const hex = 'ab'.repeat(32);
const parse = (text: string) => parseTreeinfo(Buffer.from(text), '.treeinfo');

describe('parseTreeinfo', () => {
  it('keeps the case of paths, and takes values with and without a checksum', () => {
    expect(parse(`[checksums]\nLiveOS/squashfs.img = sha256:${hex}\n\n[stage2]\nmainimage = LiveOS/squashfs.img\n[images-x86_64]\nkernel=images/pxeboot/vmlinuz\n`).files).toEqual([
      { path: 'LiveOS/squashfs.img', checksum: { algorithm: 'sha256', hex } },
      { path: 'images/pxeboot/vmlinuz' },
    ]);
  });

  it('takes comments, blank lines and CRLF', () => {
    expect(parse(`; a\r\n# b\r\n\r\n[checksums]\r\nimages/boot.iso = sha256:${hex}\r\n`).files).toHaveLength(1);
  });

  it('a checksum that comes after the image wins', () => {
    expect(parse(`[images-x]\nboot.iso = a.iso\n[checksums]\na.iso = sha256:${hex}\n`).files).toEqual([{ path: 'a.iso', checksum: { algorithm: 'sha256', hex } }]);
  });

  it('names repositories below the tree, not beside it', () => {
    const text = '[variant-BaseOS]\nrepository = .\npackages = Packages\n[variant-AppStream]\nrepository = AppStream\n[addon-HA]\nrepository = addons/HA\n[variant-CRB]\nrepository = ../../../CRB/x86_64/os\n[general]\nrepository = x\n';
    expect(parse(text).repositories).toEqual(['AppStream', 'addons/HA']);
  });

  it.each([
    ['E_METADATA', '<html>'], ['E_METADATA', ''], ['E_METADATA', '[only a section]'], ['E_METADATA', '[a]\nno value'], ['E_METADATA', '[checksums]\na = sha256:12'], ['E_METADATA', `[checksums]\na = ${hex}`],
    ['E_METADATA_PATH', `[checksums]\n../a = sha256:${hex}`], ['E_METADATA_PATH', '[images-x]\nkernel = /boot/vmlinuz'],
  ])('is %s: %j', (code, text) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code, context: expect.objectContaining({ path: '.treeinfo' }) as object }) as Error);
  });
});
