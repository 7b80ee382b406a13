/* SPDX-License-Identifier: MIT */

/* That this links is the test: it holds one object per public header. */
int main(void)
{
	return 0;
}
