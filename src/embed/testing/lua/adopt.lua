-- After the test file: its plain functions become cases.
package.loaded["lunette.test"].adopt_plain()
