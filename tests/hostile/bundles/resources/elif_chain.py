# attack: a chain of four thousand elif, each within the last for the compiler
# must: BUNDLE_KILLED cannot finish the bundle's work
def describe(item):
    n = 1
    if n == 0:
        n = 0
    elif n == 1:
        n = 0
    elif n == 2:
        n = 0
    elif n == 3:
        n = 0
    elif n == 4:
        n = 0
    elif n == 5:
        n = 0
    elif n == 6:
        n = 0
    elif n == 7:
        n = 0
    elif n == 8:
        n = 0
    elif n == 9:
        n = 0
    elif n == 10:
        n = 0
    elif n == 11:
        n = 0
    elif n == 12:
        n = 0
    elif n == 13:
        n = 0
    elif n == 14:
        n = 0
    elif n == 15:
        n = 0
    elif n == 16:
        n = 0
    elif n == 17:
        n = 0
    elif n == 18:
        n = 0
    elif n == 19:
        n = 0
    elif n == 20:
        n = 0
    elif n == 21:
        n = 0
    elif n == 22:
        n = 0
    elif n == 23:
        n = 0
    elif n == 24:
        n = 0
    elif n == 25:
        n = 0
    elif n == 26:
        n = 0
    elif n == 27:
        n = 0
    elif n == 28:
        n = 0
    elif n == 29:
        n = 0
    elif n == 30:
        n = 0
    elif n == 31:
        n = 0
    elif n == 32:
        n = 0
    elif n == 33:
        n = 0
    elif n == 34:
        n = 0
    elif n == 35:
        n = 0
    elif n == 36:
        n = 0
    elif n == 37:
        n = 0
    elif n == 38:
        n = 0
    elif n == 39:
        n = 0
    elif n == 40:
        n = 0
    elif n == 41:
        n = 0
    elif n == 42:
        n = 0
    elif n == 43:
        n = 0
    elif n == 44:
        n = 0
    elif n == 45:
        n = 0
    elif n == 46:
        n = 0
    elif n == 47:
        n = 0
    elif n == 48:
        n = 0
    elif n == 49:
        n = 0
    elif n == 50:
        n = 0
    elif n == 51:
        n = 0
    elif n == 52:
        n = 0
    elif n == 53:
        n = 0
    elif n == 54:
        n = 0
    elif n == 55:
        n = 0
    elif n == 56:
        n = 0
    elif n == 57:
        n = 0
    elif n == 58:
        n = 0
    elif n == 59:
        n = 0
    elif n == 60:
        n = 0
    elif n == 61:
        n = 0
    elif n == 62:
        n = 0
    elif n == 63:
        n = 0
    elif n == 64:
        n = 0
    elif n == 65:
        n = 0
    elif n == 66:
        n = 0
    elif n == 67:
        n = 0
    elif n == 68:
        n = 0
    elif n == 69:
        n = 0
    elif n == 70:
        n = 0
    elif n == 71:
        n = 0
    elif n == 72:
        n = 0
    elif n == 73:
        n = 0
    elif n == 74:
        n = 0
    elif n == 75:
        n = 0
    elif n == 76:
        n = 0
    elif n == 77:
        n = 0
    elif n == 78:
        n = 0
    elif n == 79:
        n = 0
    elif n == 80:
        n = 0
    elif n == 81:
        n = 0
    elif n == 82:
        n = 0
    elif n == 83:
        n = 0
    elif n == 84:
        n = 0
    elif n == 85:
        n = 0
    elif n == 86:
        n = 0
    elif n == 87:
        n = 0
    elif n == 88:
        n = 0
    elif n == 89:
        n = 0
    elif n == 90:
        n = 0
    elif n == 91:
        n = 0
    elif n == 92:
        n = 0
    elif n == 93:
        n = 0
    elif n == 94:
        n = 0
    elif n == 95:
        n = 0
    elif n == 96:
        n = 0
    elif n == 97:
        n = 0
    elif n == 98:
        n = 0
    elif n == 99:
        n = 0
    elif n == 100:
        n = 0
    elif n == 101:
        n = 0
    elif n == 102:
        n = 0
    elif n == 103:
        n = 0
    elif n == 104:
        n = 0
    elif n == 105:
        n = 0
    elif n == 106:
        n = 0
    elif n == 107:
        n = 0
    elif n == 108:
        n = 0
    elif n == 109:
        n = 0
    elif n == 110:
        n = 0
    elif n == 111:
        n = 0
    elif n == 112:
        n = 0
    elif n == 113:
        n = 0
    elif n == 114:
        n = 0
    elif n == 115:
        n = 0
    elif n == 116:
        n = 0
    elif n == 117:
        n = 0
    elif n == 118:
        n = 0
    elif n == 119:
        n = 0
    elif n == 120:
        n = 0
    elif n == 121:
        n = 0
    elif n == 122:
        n = 0
    elif n == 123:
        n = 0
    elif n == 124:
        n = 0
    elif n == 125:
        n = 0
    elif n == 126:
        n = 0
    elif n == 127:
        n = 0
    elif n == 128:
        n = 0
    elif n == 129:
        n = 0
    elif n == 130:
        n = 0
    elif n == 131:
        n = 0
    elif n == 132:
        n = 0
    elif n == 133:
        n = 0
    elif n == 134:
        n = 0
    elif n == 135:
        n = 0
    elif n == 136:
        n = 0
    elif n == 137:
        n = 0
    elif n == 138:
        n = 0
    elif n == 139:
        n = 0
    elif n == 140:
        n = 0
    elif n == 141:
        n = 0
    elif n == 142:
        n = 0
    elif n == 143:
        n = 0
    elif n == 144:
        n = 0
    elif n == 145:
        n = 0
    elif n == 146:
        n = 0
    elif n == 147:
        n = 0
    elif n == 148:
        n = 0
    elif n == 149:
        n = 0
    elif n == 150:
        n = 0
    elif n == 151:
        n = 0
    elif n == 152:
        n = 0
    elif n == 153:
        n = 0
    elif n == 154:
        n = 0
    elif n == 155:
        n = 0
    elif n == 156:
        n = 0
    elif n == 157:
        n = 0
    elif n == 158:
        n = 0
    elif n == 159:
        n = 0
    elif n == 160:
        n = 0
    elif n == 161:
        n = 0
    elif n == 162:
        n = 0
    elif n == 163:
        n = 0
    elif n == 164:
        n = 0
    elif n == 165:
        n = 0
    elif n == 166:
        n = 0
    elif n == 167:
        n = 0
    elif n == 168:
        n = 0
    elif n == 169:
        n = 0
    elif n == 170:
        n = 0
    elif n == 171:
        n = 0
    elif n == 172:
        n = 0
    elif n == 173:
        n = 0
    elif n == 174:
        n = 0
    elif n == 175:
        n = 0
    elif n == 176:
        n = 0
    elif n == 177:
        n = 0
    elif n == 178:
        n = 0
    elif n == 179:
        n = 0
    elif n == 180:
        n = 0
    elif n == 181:
        n = 0
    elif n == 182:
        n = 0
    elif n == 183:
        n = 0
    elif n == 184:
        n = 0
    elif n == 185:
        n = 0
    elif n == 186:
        n = 0
    elif n == 187:
        n = 0
    elif n == 188:
        n = 0
    elif n == 189:
        n = 0
    elif n == 190:
        n = 0
    elif n == 191:
        n = 0
    elif n == 192:
        n = 0
    elif n == 193:
        n = 0
    elif n == 194:
        n = 0
    elif n == 195:
        n = 0
    elif n == 196:
        n = 0
    elif n == 197:
        n = 0
    elif n == 198:
        n = 0
    elif n == 199:
        n = 0
    elif n == 200:
        n = 0
    elif n == 201:
        n = 0
    elif n == 202:
        n = 0
    elif n == 203:
        n = 0
    elif n == 204:
        n = 0
    elif n == 205:
        n = 0
    elif n == 206:
        n = 0
    elif n == 207:
        n = 0
    elif n == 208:
        n = 0
    elif n == 209:
        n = 0
    elif n == 210:
        n = 0
    elif n == 211:
        n = 0
    elif n == 212:
        n = 0
    elif n == 213:
        n = 0
    elif n == 214:
        n = 0
    elif n == 215:
        n = 0
    elif n == 216:
        n = 0
    elif n == 217:
        n = 0
    elif n == 218:
        n = 0
    elif n == 219:
        n = 0
    elif n == 220:
        n = 0
    elif n == 221:
        n = 0
    elif n == 222:
        n = 0
    elif n == 223:
        n = 0
    elif n == 224:
        n = 0
    elif n == 225:
        n = 0
    elif n == 226:
        n = 0
    elif n == 227:
        n = 0
    elif n == 228:
        n = 0
    elif n == 229:
        n = 0
    elif n == 230:
        n = 0
    elif n == 231:
        n = 0
    elif n == 232:
        n = 0
    elif n == 233:
        n = 0
    elif n == 234:
        n = 0
    elif n == 235:
        n = 0
    elif n == 236:
        n = 0
    elif n == 237:
        n = 0
    elif n == 238:
        n = 0
    elif n == 239:
        n = 0
    elif n == 240:
        n = 0
    elif n == 241:
        n = 0
    elif n == 242:
        n = 0
    elif n == 243:
        n = 0
    elif n == 244:
        n = 0
    elif n == 245:
        n = 0
    elif n == 246:
        n = 0
    elif n == 247:
        n = 0
    elif n == 248:
        n = 0
    elif n == 249:
        n = 0
    elif n == 250:
        n = 0
    elif n == 251:
        n = 0
    elif n == 252:
        n = 0
    elif n == 253:
        n = 0
    elif n == 254:
        n = 0
    elif n == 255:
        n = 0
    elif n == 256:
        n = 0
    elif n == 257:
        n = 0
    elif n == 258:
        n = 0
    elif n == 259:
        n = 0
    elif n == 260:
        n = 0
    elif n == 261:
        n = 0
    elif n == 262:
        n = 0
    elif n == 263:
        n = 0
    elif n == 264:
        n = 0
    elif n == 265:
        n = 0
    elif n == 266:
        n = 0
    elif n == 267:
        n = 0
    elif n == 268:
        n = 0
    elif n == 269:
        n = 0
    elif n == 270:
        n = 0
    elif n == 271:
        n = 0
    elif n == 272:
        n = 0
    elif n == 273:
        n = 0
    elif n == 274:
        n = 0
    elif n == 275:
        n = 0
    elif n == 276:
        n = 0
    elif n == 277:
        n = 0
    elif n == 278:
        n = 0
    elif n == 279:
        n = 0
    elif n == 280:
        n = 0
    elif n == 281:
        n = 0
    elif n == 282:
        n = 0
    elif n == 283:
        n = 0
    elif n == 284:
        n = 0
    elif n == 285:
        n = 0
    elif n == 286:
        n = 0
    elif n == 287:
        n = 0
    elif n == 288:
        n = 0
    elif n == 289:
        n = 0
    elif n == 290:
        n = 0
    elif n == 291:
        n = 0
    elif n == 292:
        n = 0
    elif n == 293:
        n = 0
    elif n == 294:
        n = 0
    elif n == 295:
        n = 0
    elif n == 296:
        n = 0
    elif n == 297:
        n = 0
    elif n == 298:
        n = 0
    elif n == 299:
        n = 0
    elif n == 300:
        n = 0
    elif n == 301:
        n = 0
    elif n == 302:
        n = 0
    elif n == 303:
        n = 0
    elif n == 304:
        n = 0
    elif n == 305:
        n = 0
    elif n == 306:
        n = 0
    elif n == 307:
        n = 0
    elif n == 308:
        n = 0
    elif n == 309:
        n = 0
    elif n == 310:
        n = 0
    elif n == 311:
        n = 0
    elif n == 312:
        n = 0
    elif n == 313:
        n = 0
    elif n == 314:
        n = 0
    elif n == 315:
        n = 0
    elif n == 316:
        n = 0
    elif n == 317:
        n = 0
    elif n == 318:
        n = 0
    elif n == 319:
        n = 0
    elif n == 320:
        n = 0
    elif n == 321:
        n = 0
    elif n == 322:
        n = 0
    elif n == 323:
        n = 0
    elif n == 324:
        n = 0
    elif n == 325:
        n = 0
    elif n == 326:
        n = 0
    elif n == 327:
        n = 0
    elif n == 328:
        n = 0
    elif n == 329:
        n = 0
    elif n == 330:
        n = 0
    elif n == 331:
        n = 0
    elif n == 332:
        n = 0
    elif n == 333:
        n = 0
    elif n == 334:
        n = 0
    elif n == 335:
        n = 0
    elif n == 336:
        n = 0
    elif n == 337:
        n = 0
    elif n == 338:
        n = 0
    elif n == 339:
        n = 0
    elif n == 340:
        n = 0
    elif n == 341:
        n = 0
    elif n == 342:
        n = 0
    elif n == 343:
        n = 0
    elif n == 344:
        n = 0
    elif n == 345:
        n = 0
    elif n == 346:
        n = 0
    elif n == 347:
        n = 0
    elif n == 348:
        n = 0
    elif n == 349:
        n = 0
    elif n == 350:
        n = 0
    elif n == 351:
        n = 0
    elif n == 352:
        n = 0
    elif n == 353:
        n = 0
    elif n == 354:
        n = 0
    elif n == 355:
        n = 0
    elif n == 356:
        n = 0
    elif n == 357:
        n = 0
    elif n == 358:
        n = 0
    elif n == 359:
        n = 0
    elif n == 360:
        n = 0
    elif n == 361:
        n = 0
    elif n == 362:
        n = 0
    elif n == 363:
        n = 0
    elif n == 364:
        n = 0
    elif n == 365:
        n = 0
    elif n == 366:
        n = 0
    elif n == 367:
        n = 0
    elif n == 368:
        n = 0
    elif n == 369:
        n = 0
    elif n == 370:
        n = 0
    elif n == 371:
        n = 0
    elif n == 372:
        n = 0
    elif n == 373:
        n = 0
    elif n == 374:
        n = 0
    elif n == 375:
        n = 0
    elif n == 376:
        n = 0
    elif n == 377:
        n = 0
    elif n == 378:
        n = 0
    elif n == 379:
        n = 0
    elif n == 380:
        n = 0
    elif n == 381:
        n = 0
    elif n == 382:
        n = 0
    elif n == 383:
        n = 0
    elif n == 384:
        n = 0
    elif n == 385:
        n = 0
    elif n == 386:
        n = 0
    elif n == 387:
        n = 0
    elif n == 388:
        n = 0
    elif n == 389:
        n = 0
    elif n == 390:
        n = 0
    elif n == 391:
        n = 0
    elif n == 392:
        n = 0
    elif n == 393:
        n = 0
    elif n == 394:
        n = 0
    elif n == 395:
        n = 0
    elif n == 396:
        n = 0
    elif n == 397:
        n = 0
    elif n == 398:
        n = 0
    elif n == 399:
        n = 0
    elif n == 400:
        n = 0
    elif n == 401:
        n = 0
    elif n == 402:
        n = 0
    elif n == 403:
        n = 0
    elif n == 404:
        n = 0
    elif n == 405:
        n = 0
    elif n == 406:
        n = 0
    elif n == 407:
        n = 0
    elif n == 408:
        n = 0
    elif n == 409:
        n = 0
    elif n == 410:
        n = 0
    elif n == 411:
        n = 0
    elif n == 412:
        n = 0
    elif n == 413:
        n = 0
    elif n == 414:
        n = 0
    elif n == 415:
        n = 0
    elif n == 416:
        n = 0
    elif n == 417:
        n = 0
    elif n == 418:
        n = 0
    elif n == 419:
        n = 0
    elif n == 420:
        n = 0
    elif n == 421:
        n = 0
    elif n == 422:
        n = 0
    elif n == 423:
        n = 0
    elif n == 424:
        n = 0
    elif n == 425:
        n = 0
    elif n == 426:
        n = 0
    elif n == 427:
        n = 0
    elif n == 428:
        n = 0
    elif n == 429:
        n = 0
    elif n == 430:
        n = 0
    elif n == 431:
        n = 0
    elif n == 432:
        n = 0
    elif n == 433:
        n = 0
    elif n == 434:
        n = 0
    elif n == 435:
        n = 0
    elif n == 436:
        n = 0
    elif n == 437:
        n = 0
    elif n == 438:
        n = 0
    elif n == 439:
        n = 0
    elif n == 440:
        n = 0
    elif n == 441:
        n = 0
    elif n == 442:
        n = 0
    elif n == 443:
        n = 0
    elif n == 444:
        n = 0
    elif n == 445:
        n = 0
    elif n == 446:
        n = 0
    elif n == 447:
        n = 0
    elif n == 448:
        n = 0
    elif n == 449:
        n = 0
    elif n == 450:
        n = 0
    elif n == 451:
        n = 0
    elif n == 452:
        n = 0
    elif n == 453:
        n = 0
    elif n == 454:
        n = 0
    elif n == 455:
        n = 0
    elif n == 456:
        n = 0
    elif n == 457:
        n = 0
    elif n == 458:
        n = 0
    elif n == 459:
        n = 0
    elif n == 460:
        n = 0
    elif n == 461:
        n = 0
    elif n == 462:
        n = 0
    elif n == 463:
        n = 0
    elif n == 464:
        n = 0
    elif n == 465:
        n = 0
    elif n == 466:
        n = 0
    elif n == 467:
        n = 0
    elif n == 468:
        n = 0
    elif n == 469:
        n = 0
    elif n == 470:
        n = 0
    elif n == 471:
        n = 0
    elif n == 472:
        n = 0
    elif n == 473:
        n = 0
    elif n == 474:
        n = 0
    elif n == 475:
        n = 0
    elif n == 476:
        n = 0
    elif n == 477:
        n = 0
    elif n == 478:
        n = 0
    elif n == 479:
        n = 0
    elif n == 480:
        n = 0
    elif n == 481:
        n = 0
    elif n == 482:
        n = 0
    elif n == 483:
        n = 0
    elif n == 484:
        n = 0
    elif n == 485:
        n = 0
    elif n == 486:
        n = 0
    elif n == 487:
        n = 0
    elif n == 488:
        n = 0
    elif n == 489:
        n = 0
    elif n == 490:
        n = 0
    elif n == 491:
        n = 0
    elif n == 492:
        n = 0
    elif n == 493:
        n = 0
    elif n == 494:
        n = 0
    elif n == 495:
        n = 0
    elif n == 496:
        n = 0
    elif n == 497:
        n = 0
    elif n == 498:
        n = 0
    elif n == 499:
        n = 0
    elif n == 500:
        n = 0
    elif n == 501:
        n = 0
    elif n == 502:
        n = 0
    elif n == 503:
        n = 0
    elif n == 504:
        n = 0
    elif n == 505:
        n = 0
    elif n == 506:
        n = 0
    elif n == 507:
        n = 0
    elif n == 508:
        n = 0
    elif n == 509:
        n = 0
    elif n == 510:
        n = 0
    elif n == 511:
        n = 0
    elif n == 512:
        n = 0
    elif n == 513:
        n = 0
    elif n == 514:
        n = 0
    elif n == 515:
        n = 0
    elif n == 516:
        n = 0
    elif n == 517:
        n = 0
    elif n == 518:
        n = 0
    elif n == 519:
        n = 0
    elif n == 520:
        n = 0
    elif n == 521:
        n = 0
    elif n == 522:
        n = 0
    elif n == 523:
        n = 0
    elif n == 524:
        n = 0
    elif n == 525:
        n = 0
    elif n == 526:
        n = 0
    elif n == 527:
        n = 0
    elif n == 528:
        n = 0
    elif n == 529:
        n = 0
    elif n == 530:
        n = 0
    elif n == 531:
        n = 0
    elif n == 532:
        n = 0
    elif n == 533:
        n = 0
    elif n == 534:
        n = 0
    elif n == 535:
        n = 0
    elif n == 536:
        n = 0
    elif n == 537:
        n = 0
    elif n == 538:
        n = 0
    elif n == 539:
        n = 0
    elif n == 540:
        n = 0
    elif n == 541:
        n = 0
    elif n == 542:
        n = 0
    elif n == 543:
        n = 0
    elif n == 544:
        n = 0
    elif n == 545:
        n = 0
    elif n == 546:
        n = 0
    elif n == 547:
        n = 0
    elif n == 548:
        n = 0
    elif n == 549:
        n = 0
    elif n == 550:
        n = 0
    elif n == 551:
        n = 0
    elif n == 552:
        n = 0
    elif n == 553:
        n = 0
    elif n == 554:
        n = 0
    elif n == 555:
        n = 0
    elif n == 556:
        n = 0
    elif n == 557:
        n = 0
    elif n == 558:
        n = 0
    elif n == 559:
        n = 0
    elif n == 560:
        n = 0
    elif n == 561:
        n = 0
    elif n == 562:
        n = 0
    elif n == 563:
        n = 0
    elif n == 564:
        n = 0
    elif n == 565:
        n = 0
    elif n == 566:
        n = 0
    elif n == 567:
        n = 0
    elif n == 568:
        n = 0
    elif n == 569:
        n = 0
    elif n == 570:
        n = 0
    elif n == 571:
        n = 0
    elif n == 572:
        n = 0
    elif n == 573:
        n = 0
    elif n == 574:
        n = 0
    elif n == 575:
        n = 0
    elif n == 576:
        n = 0
    elif n == 577:
        n = 0
    elif n == 578:
        n = 0
    elif n == 579:
        n = 0
    elif n == 580:
        n = 0
    elif n == 581:
        n = 0
    elif n == 582:
        n = 0
    elif n == 583:
        n = 0
    elif n == 584:
        n = 0
    elif n == 585:
        n = 0
    elif n == 586:
        n = 0
    elif n == 587:
        n = 0
    elif n == 588:
        n = 0
    elif n == 589:
        n = 0
    elif n == 590:
        n = 0
    elif n == 591:
        n = 0
    elif n == 592:
        n = 0
    elif n == 593:
        n = 0
    elif n == 594:
        n = 0
    elif n == 595:
        n = 0
    elif n == 596:
        n = 0
    elif n == 597:
        n = 0
    elif n == 598:
        n = 0
    elif n == 599:
        n = 0
    elif n == 600:
        n = 0
    elif n == 601:
        n = 0
    elif n == 602:
        n = 0
    elif n == 603:
        n = 0
    elif n == 604:
        n = 0
    elif n == 605:
        n = 0
    elif n == 606:
        n = 0
    elif n == 607:
        n = 0
    elif n == 608:
        n = 0
    elif n == 609:
        n = 0
    elif n == 610:
        n = 0
    elif n == 611:
        n = 0
    elif n == 612:
        n = 0
    elif n == 613:
        n = 0
    elif n == 614:
        n = 0
    elif n == 615:
        n = 0
    elif n == 616:
        n = 0
    elif n == 617:
        n = 0
    elif n == 618:
        n = 0
    elif n == 619:
        n = 0
    elif n == 620:
        n = 0
    elif n == 621:
        n = 0
    elif n == 622:
        n = 0
    elif n == 623:
        n = 0
    elif n == 624:
        n = 0
    elif n == 625:
        n = 0
    elif n == 626:
        n = 0
    elif n == 627:
        n = 0
    elif n == 628:
        n = 0
    elif n == 629:
        n = 0
    elif n == 630:
        n = 0
    elif n == 631:
        n = 0
    elif n == 632:
        n = 0
    elif n == 633:
        n = 0
    elif n == 634:
        n = 0
    elif n == 635:
        n = 0
    elif n == 636:
        n = 0
    elif n == 637:
        n = 0
    elif n == 638:
        n = 0
    elif n == 639:
        n = 0
    elif n == 640:
        n = 0
    elif n == 641:
        n = 0
    elif n == 642:
        n = 0
    elif n == 643:
        n = 0
    elif n == 644:
        n = 0
    elif n == 645:
        n = 0
    elif n == 646:
        n = 0
    elif n == 647:
        n = 0
    elif n == 648:
        n = 0
    elif n == 649:
        n = 0
    elif n == 650:
        n = 0
    elif n == 651:
        n = 0
    elif n == 652:
        n = 0
    elif n == 653:
        n = 0
    elif n == 654:
        n = 0
    elif n == 655:
        n = 0
    elif n == 656:
        n = 0
    elif n == 657:
        n = 0
    elif n == 658:
        n = 0
    elif n == 659:
        n = 0
    elif n == 660:
        n = 0
    elif n == 661:
        n = 0
    elif n == 662:
        n = 0
    elif n == 663:
        n = 0
    elif n == 664:
        n = 0
    elif n == 665:
        n = 0
    elif n == 666:
        n = 0
    elif n == 667:
        n = 0
    elif n == 668:
        n = 0
    elif n == 669:
        n = 0
    elif n == 670:
        n = 0
    elif n == 671:
        n = 0
    elif n == 672:
        n = 0
    elif n == 673:
        n = 0
    elif n == 674:
        n = 0
    elif n == 675:
        n = 0
    elif n == 676:
        n = 0
    elif n == 677:
        n = 0
    elif n == 678:
        n = 0
    elif n == 679:
        n = 0
    elif n == 680:
        n = 0
    elif n == 681:
        n = 0
    elif n == 682:
        n = 0
    elif n == 683:
        n = 0
    elif n == 684:
        n = 0
    elif n == 685:
        n = 0
    elif n == 686:
        n = 0
    elif n == 687:
        n = 0
    elif n == 688:
        n = 0
    elif n == 689:
        n = 0
    elif n == 690:
        n = 0
    elif n == 691:
        n = 0
    elif n == 692:
        n = 0
    elif n == 693:
        n = 0
    elif n == 694:
        n = 0
    elif n == 695:
        n = 0
    elif n == 696:
        n = 0
    elif n == 697:
        n = 0
    elif n == 698:
        n = 0
    elif n == 699:
        n = 0
    elif n == 700:
        n = 0
    elif n == 701:
        n = 0
    elif n == 702:
        n = 0
    elif n == 703:
        n = 0
    elif n == 704:
        n = 0
    elif n == 705:
        n = 0
    elif n == 706:
        n = 0
    elif n == 707:
        n = 0
    elif n == 708:
        n = 0
    elif n == 709:
        n = 0
    elif n == 710:
        n = 0
    elif n == 711:
        n = 0
    elif n == 712:
        n = 0
    elif n == 713:
        n = 0
    elif n == 714:
        n = 0
    elif n == 715:
        n = 0
    elif n == 716:
        n = 0
    elif n == 717:
        n = 0
    elif n == 718:
        n = 0
    elif n == 719:
        n = 0
    elif n == 720:
        n = 0
    elif n == 721:
        n = 0
    elif n == 722:
        n = 0
    elif n == 723:
        n = 0
    elif n == 724:
        n = 0
    elif n == 725:
        n = 0
    elif n == 726:
        n = 0
    elif n == 727:
        n = 0
    elif n == 728:
        n = 0
    elif n == 729:
        n = 0
    elif n == 730:
        n = 0
    elif n == 731:
        n = 0
    elif n == 732:
        n = 0
    elif n == 733:
        n = 0
    elif n == 734:
        n = 0
    elif n == 735:
        n = 0
    elif n == 736:
        n = 0
    elif n == 737:
        n = 0
    elif n == 738:
        n = 0
    elif n == 739:
        n = 0
    elif n == 740:
        n = 0
    elif n == 741:
        n = 0
    elif n == 742:
        n = 0
    elif n == 743:
        n = 0
    elif n == 744:
        n = 0
    elif n == 745:
        n = 0
    elif n == 746:
        n = 0
    elif n == 747:
        n = 0
    elif n == 748:
        n = 0
    elif n == 749:
        n = 0
    elif n == 750:
        n = 0
    elif n == 751:
        n = 0
    elif n == 752:
        n = 0
    elif n == 753:
        n = 0
    elif n == 754:
        n = 0
    elif n == 755:
        n = 0
    elif n == 756:
        n = 0
    elif n == 757:
        n = 0
    elif n == 758:
        n = 0
    elif n == 759:
        n = 0
    elif n == 760:
        n = 0
    elif n == 761:
        n = 0
    elif n == 762:
        n = 0
    elif n == 763:
        n = 0
    elif n == 764:
        n = 0
    elif n == 765:
        n = 0
    elif n == 766:
        n = 0
    elif n == 767:
        n = 0
    elif n == 768:
        n = 0
    elif n == 769:
        n = 0
    elif n == 770:
        n = 0
    elif n == 771:
        n = 0
    elif n == 772:
        n = 0
    elif n == 773:
        n = 0
    elif n == 774:
        n = 0
    elif n == 775:
        n = 0
    elif n == 776:
        n = 0
    elif n == 777:
        n = 0
    elif n == 778:
        n = 0
    elif n == 779:
        n = 0
    elif n == 780:
        n = 0
    elif n == 781:
        n = 0
    elif n == 782:
        n = 0
    elif n == 783:
        n = 0
    elif n == 784:
        n = 0
    elif n == 785:
        n = 0
    elif n == 786:
        n = 0
    elif n == 787:
        n = 0
    elif n == 788:
        n = 0
    elif n == 789:
        n = 0
    elif n == 790:
        n = 0
    elif n == 791:
        n = 0
    elif n == 792:
        n = 0
    elif n == 793:
        n = 0
    elif n == 794:
        n = 0
    elif n == 795:
        n = 0
    elif n == 796:
        n = 0
    elif n == 797:
        n = 0
    elif n == 798:
        n = 0
    elif n == 799:
        n = 0
    elif n == 800:
        n = 0
    elif n == 801:
        n = 0
    elif n == 802:
        n = 0
    elif n == 803:
        n = 0
    elif n == 804:
        n = 0
    elif n == 805:
        n = 0
    elif n == 806:
        n = 0
    elif n == 807:
        n = 0
    elif n == 808:
        n = 0
    elif n == 809:
        n = 0
    elif n == 810:
        n = 0
    elif n == 811:
        n = 0
    elif n == 812:
        n = 0
    elif n == 813:
        n = 0
    elif n == 814:
        n = 0
    elif n == 815:
        n = 0
    elif n == 816:
        n = 0
    elif n == 817:
        n = 0
    elif n == 818:
        n = 0
    elif n == 819:
        n = 0
    elif n == 820:
        n = 0
    elif n == 821:
        n = 0
    elif n == 822:
        n = 0
    elif n == 823:
        n = 0
    elif n == 824:
        n = 0
    elif n == 825:
        n = 0
    elif n == 826:
        n = 0
    elif n == 827:
        n = 0
    elif n == 828:
        n = 0
    elif n == 829:
        n = 0
    elif n == 830:
        n = 0
    elif n == 831:
        n = 0
    elif n == 832:
        n = 0
    elif n == 833:
        n = 0
    elif n == 834:
        n = 0
    elif n == 835:
        n = 0
    elif n == 836:
        n = 0
    elif n == 837:
        n = 0
    elif n == 838:
        n = 0
    elif n == 839:
        n = 0
    elif n == 840:
        n = 0
    elif n == 841:
        n = 0
    elif n == 842:
        n = 0
    elif n == 843:
        n = 0
    elif n == 844:
        n = 0
    elif n == 845:
        n = 0
    elif n == 846:
        n = 0
    elif n == 847:
        n = 0
    elif n == 848:
        n = 0
    elif n == 849:
        n = 0
    elif n == 850:
        n = 0
    elif n == 851:
        n = 0
    elif n == 852:
        n = 0
    elif n == 853:
        n = 0
    elif n == 854:
        n = 0
    elif n == 855:
        n = 0
    elif n == 856:
        n = 0
    elif n == 857:
        n = 0
    elif n == 858:
        n = 0
    elif n == 859:
        n = 0
    elif n == 860:
        n = 0
    elif n == 861:
        n = 0
    elif n == 862:
        n = 0
    elif n == 863:
        n = 0
    elif n == 864:
        n = 0
    elif n == 865:
        n = 0
    elif n == 866:
        n = 0
    elif n == 867:
        n = 0
    elif n == 868:
        n = 0
    elif n == 869:
        n = 0
    elif n == 870:
        n = 0
    elif n == 871:
        n = 0
    elif n == 872:
        n = 0
    elif n == 873:
        n = 0
    elif n == 874:
        n = 0
    elif n == 875:
        n = 0
    elif n == 876:
        n = 0
    elif n == 877:
        n = 0
    elif n == 878:
        n = 0
    elif n == 879:
        n = 0
    elif n == 880:
        n = 0
    elif n == 881:
        n = 0
    elif n == 882:
        n = 0
    elif n == 883:
        n = 0
    elif n == 884:
        n = 0
    elif n == 885:
        n = 0
    elif n == 886:
        n = 0
    elif n == 887:
        n = 0
    elif n == 888:
        n = 0
    elif n == 889:
        n = 0
    elif n == 890:
        n = 0
    elif n == 891:
        n = 0
    elif n == 892:
        n = 0
    elif n == 893:
        n = 0
    elif n == 894:
        n = 0
    elif n == 895:
        n = 0
    elif n == 896:
        n = 0
    elif n == 897:
        n = 0
    elif n == 898:
        n = 0
    elif n == 899:
        n = 0
    elif n == 900:
        n = 0
    elif n == 901:
        n = 0
    elif n == 902:
        n = 0
    elif n == 903:
        n = 0
    elif n == 904:
        n = 0
    elif n == 905:
        n = 0
    elif n == 906:
        n = 0
    elif n == 907:
        n = 0
    elif n == 908:
        n = 0
    elif n == 909:
        n = 0
    elif n == 910:
        n = 0
    elif n == 911:
        n = 0
    elif n == 912:
        n = 0
    elif n == 913:
        n = 0
    elif n == 914:
        n = 0
    elif n == 915:
        n = 0
    elif n == 916:
        n = 0
    elif n == 917:
        n = 0
    elif n == 918:
        n = 0
    elif n == 919:
        n = 0
    elif n == 920:
        n = 0
    elif n == 921:
        n = 0
    elif n == 922:
        n = 0
    elif n == 923:
        n = 0
    elif n == 924:
        n = 0
    elif n == 925:
        n = 0
    elif n == 926:
        n = 0
    elif n == 927:
        n = 0
    elif n == 928:
        n = 0
    elif n == 929:
        n = 0
    elif n == 930:
        n = 0
    elif n == 931:
        n = 0
    elif n == 932:
        n = 0
    elif n == 933:
        n = 0
    elif n == 934:
        n = 0
    elif n == 935:
        n = 0
    elif n == 936:
        n = 0
    elif n == 937:
        n = 0
    elif n == 938:
        n = 0
    elif n == 939:
        n = 0
    elif n == 940:
        n = 0
    elif n == 941:
        n = 0
    elif n == 942:
        n = 0
    elif n == 943:
        n = 0
    elif n == 944:
        n = 0
    elif n == 945:
        n = 0
    elif n == 946:
        n = 0
    elif n == 947:
        n = 0
    elif n == 948:
        n = 0
    elif n == 949:
        n = 0
    elif n == 950:
        n = 0
    elif n == 951:
        n = 0
    elif n == 952:
        n = 0
    elif n == 953:
        n = 0
    elif n == 954:
        n = 0
    elif n == 955:
        n = 0
    elif n == 956:
        n = 0
    elif n == 957:
        n = 0
    elif n == 958:
        n = 0
    elif n == 959:
        n = 0
    elif n == 960:
        n = 0
    elif n == 961:
        n = 0
    elif n == 962:
        n = 0
    elif n == 963:
        n = 0
    elif n == 964:
        n = 0
    elif n == 965:
        n = 0
    elif n == 966:
        n = 0
    elif n == 967:
        n = 0
    elif n == 968:
        n = 0
    elif n == 969:
        n = 0
    elif n == 970:
        n = 0
    elif n == 971:
        n = 0
    elif n == 972:
        n = 0
    elif n == 973:
        n = 0
    elif n == 974:
        n = 0
    elif n == 975:
        n = 0
    elif n == 976:
        n = 0
    elif n == 977:
        n = 0
    elif n == 978:
        n = 0
    elif n == 979:
        n = 0
    elif n == 980:
        n = 0
    elif n == 981:
        n = 0
    elif n == 982:
        n = 0
    elif n == 983:
        n = 0
    elif n == 984:
        n = 0
    elif n == 985:
        n = 0
    elif n == 986:
        n = 0
    elif n == 987:
        n = 0
    elif n == 988:
        n = 0
    elif n == 989:
        n = 0
    elif n == 990:
        n = 0
    elif n == 991:
        n = 0
    elif n == 992:
        n = 0
    elif n == 993:
        n = 0
    elif n == 994:
        n = 0
    elif n == 995:
        n = 0
    elif n == 996:
        n = 0
    elif n == 997:
        n = 0
    elif n == 998:
        n = 0
    elif n == 999:
        n = 0
    elif n == 1000:
        n = 0
    elif n == 1001:
        n = 0
    elif n == 1002:
        n = 0
    elif n == 1003:
        n = 0
    elif n == 1004:
        n = 0
    elif n == 1005:
        n = 0
    elif n == 1006:
        n = 0
    elif n == 1007:
        n = 0
    elif n == 1008:
        n = 0
    elif n == 1009:
        n = 0
    elif n == 1010:
        n = 0
    elif n == 1011:
        n = 0
    elif n == 1012:
        n = 0
    elif n == 1013:
        n = 0
    elif n == 1014:
        n = 0
    elif n == 1015:
        n = 0
    elif n == 1016:
        n = 0
    elif n == 1017:
        n = 0
    elif n == 1018:
        n = 0
    elif n == 1019:
        n = 0
    elif n == 1020:
        n = 0
    elif n == 1021:
        n = 0
    elif n == 1022:
        n = 0
    elif n == 1023:
        n = 0
    elif n == 1024:
        n = 0
    elif n == 1025:
        n = 0
    elif n == 1026:
        n = 0
    elif n == 1027:
        n = 0
    elif n == 1028:
        n = 0
    elif n == 1029:
        n = 0
    elif n == 1030:
        n = 0
    elif n == 1031:
        n = 0
    elif n == 1032:
        n = 0
    elif n == 1033:
        n = 0
    elif n == 1034:
        n = 0
    elif n == 1035:
        n = 0
    elif n == 1036:
        n = 0
    elif n == 1037:
        n = 0
    elif n == 1038:
        n = 0
    elif n == 1039:
        n = 0
    elif n == 1040:
        n = 0
    elif n == 1041:
        n = 0
    elif n == 1042:
        n = 0
    elif n == 1043:
        n = 0
    elif n == 1044:
        n = 0
    elif n == 1045:
        n = 0
    elif n == 1046:
        n = 0
    elif n == 1047:
        n = 0
    elif n == 1048:
        n = 0
    elif n == 1049:
        n = 0
    elif n == 1050:
        n = 0
    elif n == 1051:
        n = 0
    elif n == 1052:
        n = 0
    elif n == 1053:
        n = 0
    elif n == 1054:
        n = 0
    elif n == 1055:
        n = 0
    elif n == 1056:
        n = 0
    elif n == 1057:
        n = 0
    elif n == 1058:
        n = 0
    elif n == 1059:
        n = 0
    elif n == 1060:
        n = 0
    elif n == 1061:
        n = 0
    elif n == 1062:
        n = 0
    elif n == 1063:
        n = 0
    elif n == 1064:
        n = 0
    elif n == 1065:
        n = 0
    elif n == 1066:
        n = 0
    elif n == 1067:
        n = 0
    elif n == 1068:
        n = 0
    elif n == 1069:
        n = 0
    elif n == 1070:
        n = 0
    elif n == 1071:
        n = 0
    elif n == 1072:
        n = 0
    elif n == 1073:
        n = 0
    elif n == 1074:
        n = 0
    elif n == 1075:
        n = 0
    elif n == 1076:
        n = 0
    elif n == 1077:
        n = 0
    elif n == 1078:
        n = 0
    elif n == 1079:
        n = 0
    elif n == 1080:
        n = 0
    elif n == 1081:
        n = 0
    elif n == 1082:
        n = 0
    elif n == 1083:
        n = 0
    elif n == 1084:
        n = 0
    elif n == 1085:
        n = 0
    elif n == 1086:
        n = 0
    elif n == 1087:
        n = 0
    elif n == 1088:
        n = 0
    elif n == 1089:
        n = 0
    elif n == 1090:
        n = 0
    elif n == 1091:
        n = 0
    elif n == 1092:
        n = 0
    elif n == 1093:
        n = 0
    elif n == 1094:
        n = 0
    elif n == 1095:
        n = 0
    elif n == 1096:
        n = 0
    elif n == 1097:
        n = 0
    elif n == 1098:
        n = 0
    elif n == 1099:
        n = 0
    elif n == 1100:
        n = 0
    elif n == 1101:
        n = 0
    elif n == 1102:
        n = 0
    elif n == 1103:
        n = 0
    elif n == 1104:
        n = 0
    elif n == 1105:
        n = 0
    elif n == 1106:
        n = 0
    elif n == 1107:
        n = 0
    elif n == 1108:
        n = 0
    elif n == 1109:
        n = 0
    elif n == 1110:
        n = 0
    elif n == 1111:
        n = 0
    elif n == 1112:
        n = 0
    elif n == 1113:
        n = 0
    elif n == 1114:
        n = 0
    elif n == 1115:
        n = 0
    elif n == 1116:
        n = 0
    elif n == 1117:
        n = 0
    elif n == 1118:
        n = 0
    elif n == 1119:
        n = 0
    elif n == 1120:
        n = 0
    elif n == 1121:
        n = 0
    elif n == 1122:
        n = 0
    elif n == 1123:
        n = 0
    elif n == 1124:
        n = 0
    elif n == 1125:
        n = 0
    elif n == 1126:
        n = 0
    elif n == 1127:
        n = 0
    elif n == 1128:
        n = 0
    elif n == 1129:
        n = 0
    elif n == 1130:
        n = 0
    elif n == 1131:
        n = 0
    elif n == 1132:
        n = 0
    elif n == 1133:
        n = 0
    elif n == 1134:
        n = 0
    elif n == 1135:
        n = 0
    elif n == 1136:
        n = 0
    elif n == 1137:
        n = 0
    elif n == 1138:
        n = 0
    elif n == 1139:
        n = 0
    elif n == 1140:
        n = 0
    elif n == 1141:
        n = 0
    elif n == 1142:
        n = 0
    elif n == 1143:
        n = 0
    elif n == 1144:
        n = 0
    elif n == 1145:
        n = 0
    elif n == 1146:
        n = 0
    elif n == 1147:
        n = 0
    elif n == 1148:
        n = 0
    elif n == 1149:
        n = 0
    elif n == 1150:
        n = 0
    elif n == 1151:
        n = 0
    elif n == 1152:
        n = 0
    elif n == 1153:
        n = 0
    elif n == 1154:
        n = 0
    elif n == 1155:
        n = 0
    elif n == 1156:
        n = 0
    elif n == 1157:
        n = 0
    elif n == 1158:
        n = 0
    elif n == 1159:
        n = 0
    elif n == 1160:
        n = 0
    elif n == 1161:
        n = 0
    elif n == 1162:
        n = 0
    elif n == 1163:
        n = 0
    elif n == 1164:
        n = 0
    elif n == 1165:
        n = 0
    elif n == 1166:
        n = 0
    elif n == 1167:
        n = 0
    elif n == 1168:
        n = 0
    elif n == 1169:
        n = 0
    elif n == 1170:
        n = 0
    elif n == 1171:
        n = 0
    elif n == 1172:
        n = 0
    elif n == 1173:
        n = 0
    elif n == 1174:
        n = 0
    elif n == 1175:
        n = 0
    elif n == 1176:
        n = 0
    elif n == 1177:
        n = 0
    elif n == 1178:
        n = 0
    elif n == 1179:
        n = 0
    elif n == 1180:
        n = 0
    elif n == 1181:
        n = 0
    elif n == 1182:
        n = 0
    elif n == 1183:
        n = 0
    elif n == 1184:
        n = 0
    elif n == 1185:
        n = 0
    elif n == 1186:
        n = 0
    elif n == 1187:
        n = 0
    elif n == 1188:
        n = 0
    elif n == 1189:
        n = 0
    elif n == 1190:
        n = 0
    elif n == 1191:
        n = 0
    elif n == 1192:
        n = 0
    elif n == 1193:
        n = 0
    elif n == 1194:
        n = 0
    elif n == 1195:
        n = 0
    elif n == 1196:
        n = 0
    elif n == 1197:
        n = 0
    elif n == 1198:
        n = 0
    elif n == 1199:
        n = 0
    elif n == 1200:
        n = 0
    elif n == 1201:
        n = 0
    elif n == 1202:
        n = 0
    elif n == 1203:
        n = 0
    elif n == 1204:
        n = 0
    elif n == 1205:
        n = 0
    elif n == 1206:
        n = 0
    elif n == 1207:
        n = 0
    elif n == 1208:
        n = 0
    elif n == 1209:
        n = 0
    elif n == 1210:
        n = 0
    elif n == 1211:
        n = 0
    elif n == 1212:
        n = 0
    elif n == 1213:
        n = 0
    elif n == 1214:
        n = 0
    elif n == 1215:
        n = 0
    elif n == 1216:
        n = 0
    elif n == 1217:
        n = 0
    elif n == 1218:
        n = 0
    elif n == 1219:
        n = 0
    elif n == 1220:
        n = 0
    elif n == 1221:
        n = 0
    elif n == 1222:
        n = 0
    elif n == 1223:
        n = 0
    elif n == 1224:
        n = 0
    elif n == 1225:
        n = 0
    elif n == 1226:
        n = 0
    elif n == 1227:
        n = 0
    elif n == 1228:
        n = 0
    elif n == 1229:
        n = 0
    elif n == 1230:
        n = 0
    elif n == 1231:
        n = 0
    elif n == 1232:
        n = 0
    elif n == 1233:
        n = 0
    elif n == 1234:
        n = 0
    elif n == 1235:
        n = 0
    elif n == 1236:
        n = 0
    elif n == 1237:
        n = 0
    elif n == 1238:
        n = 0
    elif n == 1239:
        n = 0
    elif n == 1240:
        n = 0
    elif n == 1241:
        n = 0
    elif n == 1242:
        n = 0
    elif n == 1243:
        n = 0
    elif n == 1244:
        n = 0
    elif n == 1245:
        n = 0
    elif n == 1246:
        n = 0
    elif n == 1247:
        n = 0
    elif n == 1248:
        n = 0
    elif n == 1249:
        n = 0
    elif n == 1250:
        n = 0
    elif n == 1251:
        n = 0
    elif n == 1252:
        n = 0
    elif n == 1253:
        n = 0
    elif n == 1254:
        n = 0
    elif n == 1255:
        n = 0
    elif n == 1256:
        n = 0
    elif n == 1257:
        n = 0
    elif n == 1258:
        n = 0
    elif n == 1259:
        n = 0
    elif n == 1260:
        n = 0
    elif n == 1261:
        n = 0
    elif n == 1262:
        n = 0
    elif n == 1263:
        n = 0
    elif n == 1264:
        n = 0
    elif n == 1265:
        n = 0
    elif n == 1266:
        n = 0
    elif n == 1267:
        n = 0
    elif n == 1268:
        n = 0
    elif n == 1269:
        n = 0
    elif n == 1270:
        n = 0
    elif n == 1271:
        n = 0
    elif n == 1272:
        n = 0
    elif n == 1273:
        n = 0
    elif n == 1274:
        n = 0
    elif n == 1275:
        n = 0
    elif n == 1276:
        n = 0
    elif n == 1277:
        n = 0
    elif n == 1278:
        n = 0
    elif n == 1279:
        n = 0
    elif n == 1280:
        n = 0
    elif n == 1281:
        n = 0
    elif n == 1282:
        n = 0
    elif n == 1283:
        n = 0
    elif n == 1284:
        n = 0
    elif n == 1285:
        n = 0
    elif n == 1286:
        n = 0
    elif n == 1287:
        n = 0
    elif n == 1288:
        n = 0
    elif n == 1289:
        n = 0
    elif n == 1290:
        n = 0
    elif n == 1291:
        n = 0
    elif n == 1292:
        n = 0
    elif n == 1293:
        n = 0
    elif n == 1294:
        n = 0
    elif n == 1295:
        n = 0
    elif n == 1296:
        n = 0
    elif n == 1297:
        n = 0
    elif n == 1298:
        n = 0
    elif n == 1299:
        n = 0
    elif n == 1300:
        n = 0
    elif n == 1301:
        n = 0
    elif n == 1302:
        n = 0
    elif n == 1303:
        n = 0
    elif n == 1304:
        n = 0
    elif n == 1305:
        n = 0
    elif n == 1306:
        n = 0
    elif n == 1307:
        n = 0
    elif n == 1308:
        n = 0
    elif n == 1309:
        n = 0
    elif n == 1310:
        n = 0
    elif n == 1311:
        n = 0
    elif n == 1312:
        n = 0
    elif n == 1313:
        n = 0
    elif n == 1314:
        n = 0
    elif n == 1315:
        n = 0
    elif n == 1316:
        n = 0
    elif n == 1317:
        n = 0
    elif n == 1318:
        n = 0
    elif n == 1319:
        n = 0
    elif n == 1320:
        n = 0
    elif n == 1321:
        n = 0
    elif n == 1322:
        n = 0
    elif n == 1323:
        n = 0
    elif n == 1324:
        n = 0
    elif n == 1325:
        n = 0
    elif n == 1326:
        n = 0
    elif n == 1327:
        n = 0
    elif n == 1328:
        n = 0
    elif n == 1329:
        n = 0
    elif n == 1330:
        n = 0
    elif n == 1331:
        n = 0
    elif n == 1332:
        n = 0
    elif n == 1333:
        n = 0
    elif n == 1334:
        n = 0
    elif n == 1335:
        n = 0
    elif n == 1336:
        n = 0
    elif n == 1337:
        n = 0
    elif n == 1338:
        n = 0
    elif n == 1339:
        n = 0
    elif n == 1340:
        n = 0
    elif n == 1341:
        n = 0
    elif n == 1342:
        n = 0
    elif n == 1343:
        n = 0
    elif n == 1344:
        n = 0
    elif n == 1345:
        n = 0
    elif n == 1346:
        n = 0
    elif n == 1347:
        n = 0
    elif n == 1348:
        n = 0
    elif n == 1349:
        n = 0
    elif n == 1350:
        n = 0
    elif n == 1351:
        n = 0
    elif n == 1352:
        n = 0
    elif n == 1353:
        n = 0
    elif n == 1354:
        n = 0
    elif n == 1355:
        n = 0
    elif n == 1356:
        n = 0
    elif n == 1357:
        n = 0
    elif n == 1358:
        n = 0
    elif n == 1359:
        n = 0
    elif n == 1360:
        n = 0
    elif n == 1361:
        n = 0
    elif n == 1362:
        n = 0
    elif n == 1363:
        n = 0
    elif n == 1364:
        n = 0
    elif n == 1365:
        n = 0
    elif n == 1366:
        n = 0
    elif n == 1367:
        n = 0
    elif n == 1368:
        n = 0
    elif n == 1369:
        n = 0
    elif n == 1370:
        n = 0
    elif n == 1371:
        n = 0
    elif n == 1372:
        n = 0
    elif n == 1373:
        n = 0
    elif n == 1374:
        n = 0
    elif n == 1375:
        n = 0
    elif n == 1376:
        n = 0
    elif n == 1377:
        n = 0
    elif n == 1378:
        n = 0
    elif n == 1379:
        n = 0
    elif n == 1380:
        n = 0
    elif n == 1381:
        n = 0
    elif n == 1382:
        n = 0
    elif n == 1383:
        n = 0
    elif n == 1384:
        n = 0
    elif n == 1385:
        n = 0
    elif n == 1386:
        n = 0
    elif n == 1387:
        n = 0
    elif n == 1388:
        n = 0
    elif n == 1389:
        n = 0
    elif n == 1390:
        n = 0
    elif n == 1391:
        n = 0
    elif n == 1392:
        n = 0
    elif n == 1393:
        n = 0
    elif n == 1394:
        n = 0
    elif n == 1395:
        n = 0
    elif n == 1396:
        n = 0
    elif n == 1397:
        n = 0
    elif n == 1398:
        n = 0
    elif n == 1399:
        n = 0
    elif n == 1400:
        n = 0
    elif n == 1401:
        n = 0
    elif n == 1402:
        n = 0
    elif n == 1403:
        n = 0
    elif n == 1404:
        n = 0
    elif n == 1405:
        n = 0
    elif n == 1406:
        n = 0
    elif n == 1407:
        n = 0
    elif n == 1408:
        n = 0
    elif n == 1409:
        n = 0
    elif n == 1410:
        n = 0
    elif n == 1411:
        n = 0
    elif n == 1412:
        n = 0
    elif n == 1413:
        n = 0
    elif n == 1414:
        n = 0
    elif n == 1415:
        n = 0
    elif n == 1416:
        n = 0
    elif n == 1417:
        n = 0
    elif n == 1418:
        n = 0
    elif n == 1419:
        n = 0
    elif n == 1420:
        n = 0
    elif n == 1421:
        n = 0
    elif n == 1422:
        n = 0
    elif n == 1423:
        n = 0
    elif n == 1424:
        n = 0
    elif n == 1425:
        n = 0
    elif n == 1426:
        n = 0
    elif n == 1427:
        n = 0
    elif n == 1428:
        n = 0
    elif n == 1429:
        n = 0
    elif n == 1430:
        n = 0
    elif n == 1431:
        n = 0
    elif n == 1432:
        n = 0
    elif n == 1433:
        n = 0
    elif n == 1434:
        n = 0
    elif n == 1435:
        n = 0
    elif n == 1436:
        n = 0
    elif n == 1437:
        n = 0
    elif n == 1438:
        n = 0
    elif n == 1439:
        n = 0
    elif n == 1440:
        n = 0
    elif n == 1441:
        n = 0
    elif n == 1442:
        n = 0
    elif n == 1443:
        n = 0
    elif n == 1444:
        n = 0
    elif n == 1445:
        n = 0
    elif n == 1446:
        n = 0
    elif n == 1447:
        n = 0
    elif n == 1448:
        n = 0
    elif n == 1449:
        n = 0
    elif n == 1450:
        n = 0
    elif n == 1451:
        n = 0
    elif n == 1452:
        n = 0
    elif n == 1453:
        n = 0
    elif n == 1454:
        n = 0
    elif n == 1455:
        n = 0
    elif n == 1456:
        n = 0
    elif n == 1457:
        n = 0
    elif n == 1458:
        n = 0
    elif n == 1459:
        n = 0
    elif n == 1460:
        n = 0
    elif n == 1461:
        n = 0
    elif n == 1462:
        n = 0
    elif n == 1463:
        n = 0
    elif n == 1464:
        n = 0
    elif n == 1465:
        n = 0
    elif n == 1466:
        n = 0
    elif n == 1467:
        n = 0
    elif n == 1468:
        n = 0
    elif n == 1469:
        n = 0
    elif n == 1470:
        n = 0
    elif n == 1471:
        n = 0
    elif n == 1472:
        n = 0
    elif n == 1473:
        n = 0
    elif n == 1474:
        n = 0
    elif n == 1475:
        n = 0
    elif n == 1476:
        n = 0
    elif n == 1477:
        n = 0
    elif n == 1478:
        n = 0
    elif n == 1479:
        n = 0
    elif n == 1480:
        n = 0
    elif n == 1481:
        n = 0
    elif n == 1482:
        n = 0
    elif n == 1483:
        n = 0
    elif n == 1484:
        n = 0
    elif n == 1485:
        n = 0
    elif n == 1486:
        n = 0
    elif n == 1487:
        n = 0
    elif n == 1488:
        n = 0
    elif n == 1489:
        n = 0
    elif n == 1490:
        n = 0
    elif n == 1491:
        n = 0
    elif n == 1492:
        n = 0
    elif n == 1493:
        n = 0
    elif n == 1494:
        n = 0
    elif n == 1495:
        n = 0
    elif n == 1496:
        n = 0
    elif n == 1497:
        n = 0
    elif n == 1498:
        n = 0
    elif n == 1499:
        n = 0
    elif n == 1500:
        n = 0
    elif n == 1501:
        n = 0
    elif n == 1502:
        n = 0
    elif n == 1503:
        n = 0
    elif n == 1504:
        n = 0
    elif n == 1505:
        n = 0
    elif n == 1506:
        n = 0
    elif n == 1507:
        n = 0
    elif n == 1508:
        n = 0
    elif n == 1509:
        n = 0
    elif n == 1510:
        n = 0
    elif n == 1511:
        n = 0
    elif n == 1512:
        n = 0
    elif n == 1513:
        n = 0
    elif n == 1514:
        n = 0
    elif n == 1515:
        n = 0
    elif n == 1516:
        n = 0
    elif n == 1517:
        n = 0
    elif n == 1518:
        n = 0
    elif n == 1519:
        n = 0
    elif n == 1520:
        n = 0
    elif n == 1521:
        n = 0
    elif n == 1522:
        n = 0
    elif n == 1523:
        n = 0
    elif n == 1524:
        n = 0
    elif n == 1525:
        n = 0
    elif n == 1526:
        n = 0
    elif n == 1527:
        n = 0
    elif n == 1528:
        n = 0
    elif n == 1529:
        n = 0
    elif n == 1530:
        n = 0
    elif n == 1531:
        n = 0
    elif n == 1532:
        n = 0
    elif n == 1533:
        n = 0
    elif n == 1534:
        n = 0
    elif n == 1535:
        n = 0
    elif n == 1536:
        n = 0
    elif n == 1537:
        n = 0
    elif n == 1538:
        n = 0
    elif n == 1539:
        n = 0
    elif n == 1540:
        n = 0
    elif n == 1541:
        n = 0
    elif n == 1542:
        n = 0
    elif n == 1543:
        n = 0
    elif n == 1544:
        n = 0
    elif n == 1545:
        n = 0
    elif n == 1546:
        n = 0
    elif n == 1547:
        n = 0
    elif n == 1548:
        n = 0
    elif n == 1549:
        n = 0
    elif n == 1550:
        n = 0
    elif n == 1551:
        n = 0
    elif n == 1552:
        n = 0
    elif n == 1553:
        n = 0
    elif n == 1554:
        n = 0
    elif n == 1555:
        n = 0
    elif n == 1556:
        n = 0
    elif n == 1557:
        n = 0
    elif n == 1558:
        n = 0
    elif n == 1559:
        n = 0
    elif n == 1560:
        n = 0
    elif n == 1561:
        n = 0
    elif n == 1562:
        n = 0
    elif n == 1563:
        n = 0
    elif n == 1564:
        n = 0
    elif n == 1565:
        n = 0
    elif n == 1566:
        n = 0
    elif n == 1567:
        n = 0
    elif n == 1568:
        n = 0
    elif n == 1569:
        n = 0
    elif n == 1570:
        n = 0
    elif n == 1571:
        n = 0
    elif n == 1572:
        n = 0
    elif n == 1573:
        n = 0
    elif n == 1574:
        n = 0
    elif n == 1575:
        n = 0
    elif n == 1576:
        n = 0
    elif n == 1577:
        n = 0
    elif n == 1578:
        n = 0
    elif n == 1579:
        n = 0
    elif n == 1580:
        n = 0
    elif n == 1581:
        n = 0
    elif n == 1582:
        n = 0
    elif n == 1583:
        n = 0
    elif n == 1584:
        n = 0
    elif n == 1585:
        n = 0
    elif n == 1586:
        n = 0
    elif n == 1587:
        n = 0
    elif n == 1588:
        n = 0
    elif n == 1589:
        n = 0
    elif n == 1590:
        n = 0
    elif n == 1591:
        n = 0
    elif n == 1592:
        n = 0
    elif n == 1593:
        n = 0
    elif n == 1594:
        n = 0
    elif n == 1595:
        n = 0
    elif n == 1596:
        n = 0
    elif n == 1597:
        n = 0
    elif n == 1598:
        n = 0
    elif n == 1599:
        n = 0
    elif n == 1600:
        n = 0
    elif n == 1601:
        n = 0
    elif n == 1602:
        n = 0
    elif n == 1603:
        n = 0
    elif n == 1604:
        n = 0
    elif n == 1605:
        n = 0
    elif n == 1606:
        n = 0
    elif n == 1607:
        n = 0
    elif n == 1608:
        n = 0
    elif n == 1609:
        n = 0
    elif n == 1610:
        n = 0
    elif n == 1611:
        n = 0
    elif n == 1612:
        n = 0
    elif n == 1613:
        n = 0
    elif n == 1614:
        n = 0
    elif n == 1615:
        n = 0
    elif n == 1616:
        n = 0
    elif n == 1617:
        n = 0
    elif n == 1618:
        n = 0
    elif n == 1619:
        n = 0
    elif n == 1620:
        n = 0
    elif n == 1621:
        n = 0
    elif n == 1622:
        n = 0
    elif n == 1623:
        n = 0
    elif n == 1624:
        n = 0
    elif n == 1625:
        n = 0
    elif n == 1626:
        n = 0
    elif n == 1627:
        n = 0
    elif n == 1628:
        n = 0
    elif n == 1629:
        n = 0
    elif n == 1630:
        n = 0
    elif n == 1631:
        n = 0
    elif n == 1632:
        n = 0
    elif n == 1633:
        n = 0
    elif n == 1634:
        n = 0
    elif n == 1635:
        n = 0
    elif n == 1636:
        n = 0
    elif n == 1637:
        n = 0
    elif n == 1638:
        n = 0
    elif n == 1639:
        n = 0
    elif n == 1640:
        n = 0
    elif n == 1641:
        n = 0
    elif n == 1642:
        n = 0
    elif n == 1643:
        n = 0
    elif n == 1644:
        n = 0
    elif n == 1645:
        n = 0
    elif n == 1646:
        n = 0
    elif n == 1647:
        n = 0
    elif n == 1648:
        n = 0
    elif n == 1649:
        n = 0
    elif n == 1650:
        n = 0
    elif n == 1651:
        n = 0
    elif n == 1652:
        n = 0
    elif n == 1653:
        n = 0
    elif n == 1654:
        n = 0
    elif n == 1655:
        n = 0
    elif n == 1656:
        n = 0
    elif n == 1657:
        n = 0
    elif n == 1658:
        n = 0
    elif n == 1659:
        n = 0
    elif n == 1660:
        n = 0
    elif n == 1661:
        n = 0
    elif n == 1662:
        n = 0
    elif n == 1663:
        n = 0
    elif n == 1664:
        n = 0
    elif n == 1665:
        n = 0
    elif n == 1666:
        n = 0
    elif n == 1667:
        n = 0
    elif n == 1668:
        n = 0
    elif n == 1669:
        n = 0
    elif n == 1670:
        n = 0
    elif n == 1671:
        n = 0
    elif n == 1672:
        n = 0
    elif n == 1673:
        n = 0
    elif n == 1674:
        n = 0
    elif n == 1675:
        n = 0
    elif n == 1676:
        n = 0
    elif n == 1677:
        n = 0
    elif n == 1678:
        n = 0
    elif n == 1679:
        n = 0
    elif n == 1680:
        n = 0
    elif n == 1681:
        n = 0
    elif n == 1682:
        n = 0
    elif n == 1683:
        n = 0
    elif n == 1684:
        n = 0
    elif n == 1685:
        n = 0
    elif n == 1686:
        n = 0
    elif n == 1687:
        n = 0
    elif n == 1688:
        n = 0
    elif n == 1689:
        n = 0
    elif n == 1690:
        n = 0
    elif n == 1691:
        n = 0
    elif n == 1692:
        n = 0
    elif n == 1693:
        n = 0
    elif n == 1694:
        n = 0
    elif n == 1695:
        n = 0
    elif n == 1696:
        n = 0
    elif n == 1697:
        n = 0
    elif n == 1698:
        n = 0
    elif n == 1699:
        n = 0
    elif n == 1700:
        n = 0
    elif n == 1701:
        n = 0
    elif n == 1702:
        n = 0
    elif n == 1703:
        n = 0
    elif n == 1704:
        n = 0
    elif n == 1705:
        n = 0
    elif n == 1706:
        n = 0
    elif n == 1707:
        n = 0
    elif n == 1708:
        n = 0
    elif n == 1709:
        n = 0
    elif n == 1710:
        n = 0
    elif n == 1711:
        n = 0
    elif n == 1712:
        n = 0
    elif n == 1713:
        n = 0
    elif n == 1714:
        n = 0
    elif n == 1715:
        n = 0
    elif n == 1716:
        n = 0
    elif n == 1717:
        n = 0
    elif n == 1718:
        n = 0
    elif n == 1719:
        n = 0
    elif n == 1720:
        n = 0
    elif n == 1721:
        n = 0
    elif n == 1722:
        n = 0
    elif n == 1723:
        n = 0
    elif n == 1724:
        n = 0
    elif n == 1725:
        n = 0
    elif n == 1726:
        n = 0
    elif n == 1727:
        n = 0
    elif n == 1728:
        n = 0
    elif n == 1729:
        n = 0
    elif n == 1730:
        n = 0
    elif n == 1731:
        n = 0
    elif n == 1732:
        n = 0
    elif n == 1733:
        n = 0
    elif n == 1734:
        n = 0
    elif n == 1735:
        n = 0
    elif n == 1736:
        n = 0
    elif n == 1737:
        n = 0
    elif n == 1738:
        n = 0
    elif n == 1739:
        n = 0
    elif n == 1740:
        n = 0
    elif n == 1741:
        n = 0
    elif n == 1742:
        n = 0
    elif n == 1743:
        n = 0
    elif n == 1744:
        n = 0
    elif n == 1745:
        n = 0
    elif n == 1746:
        n = 0
    elif n == 1747:
        n = 0
    elif n == 1748:
        n = 0
    elif n == 1749:
        n = 0
    elif n == 1750:
        n = 0
    elif n == 1751:
        n = 0
    elif n == 1752:
        n = 0
    elif n == 1753:
        n = 0
    elif n == 1754:
        n = 0
    elif n == 1755:
        n = 0
    elif n == 1756:
        n = 0
    elif n == 1757:
        n = 0
    elif n == 1758:
        n = 0
    elif n == 1759:
        n = 0
    elif n == 1760:
        n = 0
    elif n == 1761:
        n = 0
    elif n == 1762:
        n = 0
    elif n == 1763:
        n = 0
    elif n == 1764:
        n = 0
    elif n == 1765:
        n = 0
    elif n == 1766:
        n = 0
    elif n == 1767:
        n = 0
    elif n == 1768:
        n = 0
    elif n == 1769:
        n = 0
    elif n == 1770:
        n = 0
    elif n == 1771:
        n = 0
    elif n == 1772:
        n = 0
    elif n == 1773:
        n = 0
    elif n == 1774:
        n = 0
    elif n == 1775:
        n = 0
    elif n == 1776:
        n = 0
    elif n == 1777:
        n = 0
    elif n == 1778:
        n = 0
    elif n == 1779:
        n = 0
    elif n == 1780:
        n = 0
    elif n == 1781:
        n = 0
    elif n == 1782:
        n = 0
    elif n == 1783:
        n = 0
    elif n == 1784:
        n = 0
    elif n == 1785:
        n = 0
    elif n == 1786:
        n = 0
    elif n == 1787:
        n = 0
    elif n == 1788:
        n = 0
    elif n == 1789:
        n = 0
    elif n == 1790:
        n = 0
    elif n == 1791:
        n = 0
    elif n == 1792:
        n = 0
    elif n == 1793:
        n = 0
    elif n == 1794:
        n = 0
    elif n == 1795:
        n = 0
    elif n == 1796:
        n = 0
    elif n == 1797:
        n = 0
    elif n == 1798:
        n = 0
    elif n == 1799:
        n = 0
    elif n == 1800:
        n = 0
    elif n == 1801:
        n = 0
    elif n == 1802:
        n = 0
    elif n == 1803:
        n = 0
    elif n == 1804:
        n = 0
    elif n == 1805:
        n = 0
    elif n == 1806:
        n = 0
    elif n == 1807:
        n = 0
    elif n == 1808:
        n = 0
    elif n == 1809:
        n = 0
    elif n == 1810:
        n = 0
    elif n == 1811:
        n = 0
    elif n == 1812:
        n = 0
    elif n == 1813:
        n = 0
    elif n == 1814:
        n = 0
    elif n == 1815:
        n = 0
    elif n == 1816:
        n = 0
    elif n == 1817:
        n = 0
    elif n == 1818:
        n = 0
    elif n == 1819:
        n = 0
    elif n == 1820:
        n = 0
    elif n == 1821:
        n = 0
    elif n == 1822:
        n = 0
    elif n == 1823:
        n = 0
    elif n == 1824:
        n = 0
    elif n == 1825:
        n = 0
    elif n == 1826:
        n = 0
    elif n == 1827:
        n = 0
    elif n == 1828:
        n = 0
    elif n == 1829:
        n = 0
    elif n == 1830:
        n = 0
    elif n == 1831:
        n = 0
    elif n == 1832:
        n = 0
    elif n == 1833:
        n = 0
    elif n == 1834:
        n = 0
    elif n == 1835:
        n = 0
    elif n == 1836:
        n = 0
    elif n == 1837:
        n = 0
    elif n == 1838:
        n = 0
    elif n == 1839:
        n = 0
    elif n == 1840:
        n = 0
    elif n == 1841:
        n = 0
    elif n == 1842:
        n = 0
    elif n == 1843:
        n = 0
    elif n == 1844:
        n = 0
    elif n == 1845:
        n = 0
    elif n == 1846:
        n = 0
    elif n == 1847:
        n = 0
    elif n == 1848:
        n = 0
    elif n == 1849:
        n = 0
    elif n == 1850:
        n = 0
    elif n == 1851:
        n = 0
    elif n == 1852:
        n = 0
    elif n == 1853:
        n = 0
    elif n == 1854:
        n = 0
    elif n == 1855:
        n = 0
    elif n == 1856:
        n = 0
    elif n == 1857:
        n = 0
    elif n == 1858:
        n = 0
    elif n == 1859:
        n = 0
    elif n == 1860:
        n = 0
    elif n == 1861:
        n = 0
    elif n == 1862:
        n = 0
    elif n == 1863:
        n = 0
    elif n == 1864:
        n = 0
    elif n == 1865:
        n = 0
    elif n == 1866:
        n = 0
    elif n == 1867:
        n = 0
    elif n == 1868:
        n = 0
    elif n == 1869:
        n = 0
    elif n == 1870:
        n = 0
    elif n == 1871:
        n = 0
    elif n == 1872:
        n = 0
    elif n == 1873:
        n = 0
    elif n == 1874:
        n = 0
    elif n == 1875:
        n = 0
    elif n == 1876:
        n = 0
    elif n == 1877:
        n = 0
    elif n == 1878:
        n = 0
    elif n == 1879:
        n = 0
    elif n == 1880:
        n = 0
    elif n == 1881:
        n = 0
    elif n == 1882:
        n = 0
    elif n == 1883:
        n = 0
    elif n == 1884:
        n = 0
    elif n == 1885:
        n = 0
    elif n == 1886:
        n = 0
    elif n == 1887:
        n = 0
    elif n == 1888:
        n = 0
    elif n == 1889:
        n = 0
    elif n == 1890:
        n = 0
    elif n == 1891:
        n = 0
    elif n == 1892:
        n = 0
    elif n == 1893:
        n = 0
    elif n == 1894:
        n = 0
    elif n == 1895:
        n = 0
    elif n == 1896:
        n = 0
    elif n == 1897:
        n = 0
    elif n == 1898:
        n = 0
    elif n == 1899:
        n = 0
    elif n == 1900:
        n = 0
    elif n == 1901:
        n = 0
    elif n == 1902:
        n = 0
    elif n == 1903:
        n = 0
    elif n == 1904:
        n = 0
    elif n == 1905:
        n = 0
    elif n == 1906:
        n = 0
    elif n == 1907:
        n = 0
    elif n == 1908:
        n = 0
    elif n == 1909:
        n = 0
    elif n == 1910:
        n = 0
    elif n == 1911:
        n = 0
    elif n == 1912:
        n = 0
    elif n == 1913:
        n = 0
    elif n == 1914:
        n = 0
    elif n == 1915:
        n = 0
    elif n == 1916:
        n = 0
    elif n == 1917:
        n = 0
    elif n == 1918:
        n = 0
    elif n == 1919:
        n = 0
    elif n == 1920:
        n = 0
    elif n == 1921:
        n = 0
    elif n == 1922:
        n = 0
    elif n == 1923:
        n = 0
    elif n == 1924:
        n = 0
    elif n == 1925:
        n = 0
    elif n == 1926:
        n = 0
    elif n == 1927:
        n = 0
    elif n == 1928:
        n = 0
    elif n == 1929:
        n = 0
    elif n == 1930:
        n = 0
    elif n == 1931:
        n = 0
    elif n == 1932:
        n = 0
    elif n == 1933:
        n = 0
    elif n == 1934:
        n = 0
    elif n == 1935:
        n = 0
    elif n == 1936:
        n = 0
    elif n == 1937:
        n = 0
    elif n == 1938:
        n = 0
    elif n == 1939:
        n = 0
    elif n == 1940:
        n = 0
    elif n == 1941:
        n = 0
    elif n == 1942:
        n = 0
    elif n == 1943:
        n = 0
    elif n == 1944:
        n = 0
    elif n == 1945:
        n = 0
    elif n == 1946:
        n = 0
    elif n == 1947:
        n = 0
    elif n == 1948:
        n = 0
    elif n == 1949:
        n = 0
    elif n == 1950:
        n = 0
    elif n == 1951:
        n = 0
    elif n == 1952:
        n = 0
    elif n == 1953:
        n = 0
    elif n == 1954:
        n = 0
    elif n == 1955:
        n = 0
    elif n == 1956:
        n = 0
    elif n == 1957:
        n = 0
    elif n == 1958:
        n = 0
    elif n == 1959:
        n = 0
    elif n == 1960:
        n = 0
    elif n == 1961:
        n = 0
    elif n == 1962:
        n = 0
    elif n == 1963:
        n = 0
    elif n == 1964:
        n = 0
    elif n == 1965:
        n = 0
    elif n == 1966:
        n = 0
    elif n == 1967:
        n = 0
    elif n == 1968:
        n = 0
    elif n == 1969:
        n = 0
    elif n == 1970:
        n = 0
    elif n == 1971:
        n = 0
    elif n == 1972:
        n = 0
    elif n == 1973:
        n = 0
    elif n == 1974:
        n = 0
    elif n == 1975:
        n = 0
    elif n == 1976:
        n = 0
    elif n == 1977:
        n = 0
    elif n == 1978:
        n = 0
    elif n == 1979:
        n = 0
    elif n == 1980:
        n = 0
    elif n == 1981:
        n = 0
    elif n == 1982:
        n = 0
    elif n == 1983:
        n = 0
    elif n == 1984:
        n = 0
    elif n == 1985:
        n = 0
    elif n == 1986:
        n = 0
    elif n == 1987:
        n = 0
    elif n == 1988:
        n = 0
    elif n == 1989:
        n = 0
    elif n == 1990:
        n = 0
    elif n == 1991:
        n = 0
    elif n == 1992:
        n = 0
    elif n == 1993:
        n = 0
    elif n == 1994:
        n = 0
    elif n == 1995:
        n = 0
    elif n == 1996:
        n = 0
    elif n == 1997:
        n = 0
    elif n == 1998:
        n = 0
    elif n == 1999:
        n = 0
    elif n == 2000:
        n = 0
    elif n == 2001:
        n = 0
    elif n == 2002:
        n = 0
    elif n == 2003:
        n = 0
    elif n == 2004:
        n = 0
    elif n == 2005:
        n = 0
    elif n == 2006:
        n = 0
    elif n == 2007:
        n = 0
    elif n == 2008:
        n = 0
    elif n == 2009:
        n = 0
    elif n == 2010:
        n = 0
    elif n == 2011:
        n = 0
    elif n == 2012:
        n = 0
    elif n == 2013:
        n = 0
    elif n == 2014:
        n = 0
    elif n == 2015:
        n = 0
    elif n == 2016:
        n = 0
    elif n == 2017:
        n = 0
    elif n == 2018:
        n = 0
    elif n == 2019:
        n = 0
    elif n == 2020:
        n = 0
    elif n == 2021:
        n = 0
    elif n == 2022:
        n = 0
    elif n == 2023:
        n = 0
    elif n == 2024:
        n = 0
    elif n == 2025:
        n = 0
    elif n == 2026:
        n = 0
    elif n == 2027:
        n = 0
    elif n == 2028:
        n = 0
    elif n == 2029:
        n = 0
    elif n == 2030:
        n = 0
    elif n == 2031:
        n = 0
    elif n == 2032:
        n = 0
    elif n == 2033:
        n = 0
    elif n == 2034:
        n = 0
    elif n == 2035:
        n = 0
    elif n == 2036:
        n = 0
    elif n == 2037:
        n = 0
    elif n == 2038:
        n = 0
    elif n == 2039:
        n = 0
    elif n == 2040:
        n = 0
    elif n == 2041:
        n = 0
    elif n == 2042:
        n = 0
    elif n == 2043:
        n = 0
    elif n == 2044:
        n = 0
    elif n == 2045:
        n = 0
    elif n == 2046:
        n = 0
    elif n == 2047:
        n = 0
    elif n == 2048:
        n = 0
    elif n == 2049:
        n = 0
    elif n == 2050:
        n = 0
    elif n == 2051:
        n = 0
    elif n == 2052:
        n = 0
    elif n == 2053:
        n = 0
    elif n == 2054:
        n = 0
    elif n == 2055:
        n = 0
    elif n == 2056:
        n = 0
    elif n == 2057:
        n = 0
    elif n == 2058:
        n = 0
    elif n == 2059:
        n = 0
    elif n == 2060:
        n = 0
    elif n == 2061:
        n = 0
    elif n == 2062:
        n = 0
    elif n == 2063:
        n = 0
    elif n == 2064:
        n = 0
    elif n == 2065:
        n = 0
    elif n == 2066:
        n = 0
    elif n == 2067:
        n = 0
    elif n == 2068:
        n = 0
    elif n == 2069:
        n = 0
    elif n == 2070:
        n = 0
    elif n == 2071:
        n = 0
    elif n == 2072:
        n = 0
    elif n == 2073:
        n = 0
    elif n == 2074:
        n = 0
    elif n == 2075:
        n = 0
    elif n == 2076:
        n = 0
    elif n == 2077:
        n = 0
    elif n == 2078:
        n = 0
    elif n == 2079:
        n = 0
    elif n == 2080:
        n = 0
    elif n == 2081:
        n = 0
    elif n == 2082:
        n = 0
    elif n == 2083:
        n = 0
    elif n == 2084:
        n = 0
    elif n == 2085:
        n = 0
    elif n == 2086:
        n = 0
    elif n == 2087:
        n = 0
    elif n == 2088:
        n = 0
    elif n == 2089:
        n = 0
    elif n == 2090:
        n = 0
    elif n == 2091:
        n = 0
    elif n == 2092:
        n = 0
    elif n == 2093:
        n = 0
    elif n == 2094:
        n = 0
    elif n == 2095:
        n = 0
    elif n == 2096:
        n = 0
    elif n == 2097:
        n = 0
    elif n == 2098:
        n = 0
    elif n == 2099:
        n = 0
    elif n == 2100:
        n = 0
    elif n == 2101:
        n = 0
    elif n == 2102:
        n = 0
    elif n == 2103:
        n = 0
    elif n == 2104:
        n = 0
    elif n == 2105:
        n = 0
    elif n == 2106:
        n = 0
    elif n == 2107:
        n = 0
    elif n == 2108:
        n = 0
    elif n == 2109:
        n = 0
    elif n == 2110:
        n = 0
    elif n == 2111:
        n = 0
    elif n == 2112:
        n = 0
    elif n == 2113:
        n = 0
    elif n == 2114:
        n = 0
    elif n == 2115:
        n = 0
    elif n == 2116:
        n = 0
    elif n == 2117:
        n = 0
    elif n == 2118:
        n = 0
    elif n == 2119:
        n = 0
    elif n == 2120:
        n = 0
    elif n == 2121:
        n = 0
    elif n == 2122:
        n = 0
    elif n == 2123:
        n = 0
    elif n == 2124:
        n = 0
    elif n == 2125:
        n = 0
    elif n == 2126:
        n = 0
    elif n == 2127:
        n = 0
    elif n == 2128:
        n = 0
    elif n == 2129:
        n = 0
    elif n == 2130:
        n = 0
    elif n == 2131:
        n = 0
    elif n == 2132:
        n = 0
    elif n == 2133:
        n = 0
    elif n == 2134:
        n = 0
    elif n == 2135:
        n = 0
    elif n == 2136:
        n = 0
    elif n == 2137:
        n = 0
    elif n == 2138:
        n = 0
    elif n == 2139:
        n = 0
    elif n == 2140:
        n = 0
    elif n == 2141:
        n = 0
    elif n == 2142:
        n = 0
    elif n == 2143:
        n = 0
    elif n == 2144:
        n = 0
    elif n == 2145:
        n = 0
    elif n == 2146:
        n = 0
    elif n == 2147:
        n = 0
    elif n == 2148:
        n = 0
    elif n == 2149:
        n = 0
    elif n == 2150:
        n = 0
    elif n == 2151:
        n = 0
    elif n == 2152:
        n = 0
    elif n == 2153:
        n = 0
    elif n == 2154:
        n = 0
    elif n == 2155:
        n = 0
    elif n == 2156:
        n = 0
    elif n == 2157:
        n = 0
    elif n == 2158:
        n = 0
    elif n == 2159:
        n = 0
    elif n == 2160:
        n = 0
    elif n == 2161:
        n = 0
    elif n == 2162:
        n = 0
    elif n == 2163:
        n = 0
    elif n == 2164:
        n = 0
    elif n == 2165:
        n = 0
    elif n == 2166:
        n = 0
    elif n == 2167:
        n = 0
    elif n == 2168:
        n = 0
    elif n == 2169:
        n = 0
    elif n == 2170:
        n = 0
    elif n == 2171:
        n = 0
    elif n == 2172:
        n = 0
    elif n == 2173:
        n = 0
    elif n == 2174:
        n = 0
    elif n == 2175:
        n = 0
    elif n == 2176:
        n = 0
    elif n == 2177:
        n = 0
    elif n == 2178:
        n = 0
    elif n == 2179:
        n = 0
    elif n == 2180:
        n = 0
    elif n == 2181:
        n = 0
    elif n == 2182:
        n = 0
    elif n == 2183:
        n = 0
    elif n == 2184:
        n = 0
    elif n == 2185:
        n = 0
    elif n == 2186:
        n = 0
    elif n == 2187:
        n = 0
    elif n == 2188:
        n = 0
    elif n == 2189:
        n = 0
    elif n == 2190:
        n = 0
    elif n == 2191:
        n = 0
    elif n == 2192:
        n = 0
    elif n == 2193:
        n = 0
    elif n == 2194:
        n = 0
    elif n == 2195:
        n = 0
    elif n == 2196:
        n = 0
    elif n == 2197:
        n = 0
    elif n == 2198:
        n = 0
    elif n == 2199:
        n = 0
    elif n == 2200:
        n = 0
    elif n == 2201:
        n = 0
    elif n == 2202:
        n = 0
    elif n == 2203:
        n = 0
    elif n == 2204:
        n = 0
    elif n == 2205:
        n = 0
    elif n == 2206:
        n = 0
    elif n == 2207:
        n = 0
    elif n == 2208:
        n = 0
    elif n == 2209:
        n = 0
    elif n == 2210:
        n = 0
    elif n == 2211:
        n = 0
    elif n == 2212:
        n = 0
    elif n == 2213:
        n = 0
    elif n == 2214:
        n = 0
    elif n == 2215:
        n = 0
    elif n == 2216:
        n = 0
    elif n == 2217:
        n = 0
    elif n == 2218:
        n = 0
    elif n == 2219:
        n = 0
    elif n == 2220:
        n = 0
    elif n == 2221:
        n = 0
    elif n == 2222:
        n = 0
    elif n == 2223:
        n = 0
    elif n == 2224:
        n = 0
    elif n == 2225:
        n = 0
    elif n == 2226:
        n = 0
    elif n == 2227:
        n = 0
    elif n == 2228:
        n = 0
    elif n == 2229:
        n = 0
    elif n == 2230:
        n = 0
    elif n == 2231:
        n = 0
    elif n == 2232:
        n = 0
    elif n == 2233:
        n = 0
    elif n == 2234:
        n = 0
    elif n == 2235:
        n = 0
    elif n == 2236:
        n = 0
    elif n == 2237:
        n = 0
    elif n == 2238:
        n = 0
    elif n == 2239:
        n = 0
    elif n == 2240:
        n = 0
    elif n == 2241:
        n = 0
    elif n == 2242:
        n = 0
    elif n == 2243:
        n = 0
    elif n == 2244:
        n = 0
    elif n == 2245:
        n = 0
    elif n == 2246:
        n = 0
    elif n == 2247:
        n = 0
    elif n == 2248:
        n = 0
    elif n == 2249:
        n = 0
    elif n == 2250:
        n = 0
    elif n == 2251:
        n = 0
    elif n == 2252:
        n = 0
    elif n == 2253:
        n = 0
    elif n == 2254:
        n = 0
    elif n == 2255:
        n = 0
    elif n == 2256:
        n = 0
    elif n == 2257:
        n = 0
    elif n == 2258:
        n = 0
    elif n == 2259:
        n = 0
    elif n == 2260:
        n = 0
    elif n == 2261:
        n = 0
    elif n == 2262:
        n = 0
    elif n == 2263:
        n = 0
    elif n == 2264:
        n = 0
    elif n == 2265:
        n = 0
    elif n == 2266:
        n = 0
    elif n == 2267:
        n = 0
    elif n == 2268:
        n = 0
    elif n == 2269:
        n = 0
    elif n == 2270:
        n = 0
    elif n == 2271:
        n = 0
    elif n == 2272:
        n = 0
    elif n == 2273:
        n = 0
    elif n == 2274:
        n = 0
    elif n == 2275:
        n = 0
    elif n == 2276:
        n = 0
    elif n == 2277:
        n = 0
    elif n == 2278:
        n = 0
    elif n == 2279:
        n = 0
    elif n == 2280:
        n = 0
    elif n == 2281:
        n = 0
    elif n == 2282:
        n = 0
    elif n == 2283:
        n = 0
    elif n == 2284:
        n = 0
    elif n == 2285:
        n = 0
    elif n == 2286:
        n = 0
    elif n == 2287:
        n = 0
    elif n == 2288:
        n = 0
    elif n == 2289:
        n = 0
    elif n == 2290:
        n = 0
    elif n == 2291:
        n = 0
    elif n == 2292:
        n = 0
    elif n == 2293:
        n = 0
    elif n == 2294:
        n = 0
    elif n == 2295:
        n = 0
    elif n == 2296:
        n = 0
    elif n == 2297:
        n = 0
    elif n == 2298:
        n = 0
    elif n == 2299:
        n = 0
    elif n == 2300:
        n = 0
    elif n == 2301:
        n = 0
    elif n == 2302:
        n = 0
    elif n == 2303:
        n = 0
    elif n == 2304:
        n = 0
    elif n == 2305:
        n = 0
    elif n == 2306:
        n = 0
    elif n == 2307:
        n = 0
    elif n == 2308:
        n = 0
    elif n == 2309:
        n = 0
    elif n == 2310:
        n = 0
    elif n == 2311:
        n = 0
    elif n == 2312:
        n = 0
    elif n == 2313:
        n = 0
    elif n == 2314:
        n = 0
    elif n == 2315:
        n = 0
    elif n == 2316:
        n = 0
    elif n == 2317:
        n = 0
    elif n == 2318:
        n = 0
    elif n == 2319:
        n = 0
    elif n == 2320:
        n = 0
    elif n == 2321:
        n = 0
    elif n == 2322:
        n = 0
    elif n == 2323:
        n = 0
    elif n == 2324:
        n = 0
    elif n == 2325:
        n = 0
    elif n == 2326:
        n = 0
    elif n == 2327:
        n = 0
    elif n == 2328:
        n = 0
    elif n == 2329:
        n = 0
    elif n == 2330:
        n = 0
    elif n == 2331:
        n = 0
    elif n == 2332:
        n = 0
    elif n == 2333:
        n = 0
    elif n == 2334:
        n = 0
    elif n == 2335:
        n = 0
    elif n == 2336:
        n = 0
    elif n == 2337:
        n = 0
    elif n == 2338:
        n = 0
    elif n == 2339:
        n = 0
    elif n == 2340:
        n = 0
    elif n == 2341:
        n = 0
    elif n == 2342:
        n = 0
    elif n == 2343:
        n = 0
    elif n == 2344:
        n = 0
    elif n == 2345:
        n = 0
    elif n == 2346:
        n = 0
    elif n == 2347:
        n = 0
    elif n == 2348:
        n = 0
    elif n == 2349:
        n = 0
    elif n == 2350:
        n = 0
    elif n == 2351:
        n = 0
    elif n == 2352:
        n = 0
    elif n == 2353:
        n = 0
    elif n == 2354:
        n = 0
    elif n == 2355:
        n = 0
    elif n == 2356:
        n = 0
    elif n == 2357:
        n = 0
    elif n == 2358:
        n = 0
    elif n == 2359:
        n = 0
    elif n == 2360:
        n = 0
    elif n == 2361:
        n = 0
    elif n == 2362:
        n = 0
    elif n == 2363:
        n = 0
    elif n == 2364:
        n = 0
    elif n == 2365:
        n = 0
    elif n == 2366:
        n = 0
    elif n == 2367:
        n = 0
    elif n == 2368:
        n = 0
    elif n == 2369:
        n = 0
    elif n == 2370:
        n = 0
    elif n == 2371:
        n = 0
    elif n == 2372:
        n = 0
    elif n == 2373:
        n = 0
    elif n == 2374:
        n = 0
    elif n == 2375:
        n = 0
    elif n == 2376:
        n = 0
    elif n == 2377:
        n = 0
    elif n == 2378:
        n = 0
    elif n == 2379:
        n = 0
    elif n == 2380:
        n = 0
    elif n == 2381:
        n = 0
    elif n == 2382:
        n = 0
    elif n == 2383:
        n = 0
    elif n == 2384:
        n = 0
    elif n == 2385:
        n = 0
    elif n == 2386:
        n = 0
    elif n == 2387:
        n = 0
    elif n == 2388:
        n = 0
    elif n == 2389:
        n = 0
    elif n == 2390:
        n = 0
    elif n == 2391:
        n = 0
    elif n == 2392:
        n = 0
    elif n == 2393:
        n = 0
    elif n == 2394:
        n = 0
    elif n == 2395:
        n = 0
    elif n == 2396:
        n = 0
    elif n == 2397:
        n = 0
    elif n == 2398:
        n = 0
    elif n == 2399:
        n = 0
    elif n == 2400:
        n = 0
    elif n == 2401:
        n = 0
    elif n == 2402:
        n = 0
    elif n == 2403:
        n = 0
    elif n == 2404:
        n = 0
    elif n == 2405:
        n = 0
    elif n == 2406:
        n = 0
    elif n == 2407:
        n = 0
    elif n == 2408:
        n = 0
    elif n == 2409:
        n = 0
    elif n == 2410:
        n = 0
    elif n == 2411:
        n = 0
    elif n == 2412:
        n = 0
    elif n == 2413:
        n = 0
    elif n == 2414:
        n = 0
    elif n == 2415:
        n = 0
    elif n == 2416:
        n = 0
    elif n == 2417:
        n = 0
    elif n == 2418:
        n = 0
    elif n == 2419:
        n = 0
    elif n == 2420:
        n = 0
    elif n == 2421:
        n = 0
    elif n == 2422:
        n = 0
    elif n == 2423:
        n = 0
    elif n == 2424:
        n = 0
    elif n == 2425:
        n = 0
    elif n == 2426:
        n = 0
    elif n == 2427:
        n = 0
    elif n == 2428:
        n = 0
    elif n == 2429:
        n = 0
    elif n == 2430:
        n = 0
    elif n == 2431:
        n = 0
    elif n == 2432:
        n = 0
    elif n == 2433:
        n = 0
    elif n == 2434:
        n = 0
    elif n == 2435:
        n = 0
    elif n == 2436:
        n = 0
    elif n == 2437:
        n = 0
    elif n == 2438:
        n = 0
    elif n == 2439:
        n = 0
    elif n == 2440:
        n = 0
    elif n == 2441:
        n = 0
    elif n == 2442:
        n = 0
    elif n == 2443:
        n = 0
    elif n == 2444:
        n = 0
    elif n == 2445:
        n = 0
    elif n == 2446:
        n = 0
    elif n == 2447:
        n = 0
    elif n == 2448:
        n = 0
    elif n == 2449:
        n = 0
    elif n == 2450:
        n = 0
    elif n == 2451:
        n = 0
    elif n == 2452:
        n = 0
    elif n == 2453:
        n = 0
    elif n == 2454:
        n = 0
    elif n == 2455:
        n = 0
    elif n == 2456:
        n = 0
    elif n == 2457:
        n = 0
    elif n == 2458:
        n = 0
    elif n == 2459:
        n = 0
    elif n == 2460:
        n = 0
    elif n == 2461:
        n = 0
    elif n == 2462:
        n = 0
    elif n == 2463:
        n = 0
    elif n == 2464:
        n = 0
    elif n == 2465:
        n = 0
    elif n == 2466:
        n = 0
    elif n == 2467:
        n = 0
    elif n == 2468:
        n = 0
    elif n == 2469:
        n = 0
    elif n == 2470:
        n = 0
    elif n == 2471:
        n = 0
    elif n == 2472:
        n = 0
    elif n == 2473:
        n = 0
    elif n == 2474:
        n = 0
    elif n == 2475:
        n = 0
    elif n == 2476:
        n = 0
    elif n == 2477:
        n = 0
    elif n == 2478:
        n = 0
    elif n == 2479:
        n = 0
    elif n == 2480:
        n = 0
    elif n == 2481:
        n = 0
    elif n == 2482:
        n = 0
    elif n == 2483:
        n = 0
    elif n == 2484:
        n = 0
    elif n == 2485:
        n = 0
    elif n == 2486:
        n = 0
    elif n == 2487:
        n = 0
    elif n == 2488:
        n = 0
    elif n == 2489:
        n = 0
    elif n == 2490:
        n = 0
    elif n == 2491:
        n = 0
    elif n == 2492:
        n = 0
    elif n == 2493:
        n = 0
    elif n == 2494:
        n = 0
    elif n == 2495:
        n = 0
    elif n == 2496:
        n = 0
    elif n == 2497:
        n = 0
    elif n == 2498:
        n = 0
    elif n == 2499:
        n = 0
    elif n == 2500:
        n = 0
    elif n == 2501:
        n = 0
    elif n == 2502:
        n = 0
    elif n == 2503:
        n = 0
    elif n == 2504:
        n = 0
    elif n == 2505:
        n = 0
    elif n == 2506:
        n = 0
    elif n == 2507:
        n = 0
    elif n == 2508:
        n = 0
    elif n == 2509:
        n = 0
    elif n == 2510:
        n = 0
    elif n == 2511:
        n = 0
    elif n == 2512:
        n = 0
    elif n == 2513:
        n = 0
    elif n == 2514:
        n = 0
    elif n == 2515:
        n = 0
    elif n == 2516:
        n = 0
    elif n == 2517:
        n = 0
    elif n == 2518:
        n = 0
    elif n == 2519:
        n = 0
    elif n == 2520:
        n = 0
    elif n == 2521:
        n = 0
    elif n == 2522:
        n = 0
    elif n == 2523:
        n = 0
    elif n == 2524:
        n = 0
    elif n == 2525:
        n = 0
    elif n == 2526:
        n = 0
    elif n == 2527:
        n = 0
    elif n == 2528:
        n = 0
    elif n == 2529:
        n = 0
    elif n == 2530:
        n = 0
    elif n == 2531:
        n = 0
    elif n == 2532:
        n = 0
    elif n == 2533:
        n = 0
    elif n == 2534:
        n = 0
    elif n == 2535:
        n = 0
    elif n == 2536:
        n = 0
    elif n == 2537:
        n = 0
    elif n == 2538:
        n = 0
    elif n == 2539:
        n = 0
    elif n == 2540:
        n = 0
    elif n == 2541:
        n = 0
    elif n == 2542:
        n = 0
    elif n == 2543:
        n = 0
    elif n == 2544:
        n = 0
    elif n == 2545:
        n = 0
    elif n == 2546:
        n = 0
    elif n == 2547:
        n = 0
    elif n == 2548:
        n = 0
    elif n == 2549:
        n = 0
    elif n == 2550:
        n = 0
    elif n == 2551:
        n = 0
    elif n == 2552:
        n = 0
    elif n == 2553:
        n = 0
    elif n == 2554:
        n = 0
    elif n == 2555:
        n = 0
    elif n == 2556:
        n = 0
    elif n == 2557:
        n = 0
    elif n == 2558:
        n = 0
    elif n == 2559:
        n = 0
    elif n == 2560:
        n = 0
    elif n == 2561:
        n = 0
    elif n == 2562:
        n = 0
    elif n == 2563:
        n = 0
    elif n == 2564:
        n = 0
    elif n == 2565:
        n = 0
    elif n == 2566:
        n = 0
    elif n == 2567:
        n = 0
    elif n == 2568:
        n = 0
    elif n == 2569:
        n = 0
    elif n == 2570:
        n = 0
    elif n == 2571:
        n = 0
    elif n == 2572:
        n = 0
    elif n == 2573:
        n = 0
    elif n == 2574:
        n = 0
    elif n == 2575:
        n = 0
    elif n == 2576:
        n = 0
    elif n == 2577:
        n = 0
    elif n == 2578:
        n = 0
    elif n == 2579:
        n = 0
    elif n == 2580:
        n = 0
    elif n == 2581:
        n = 0
    elif n == 2582:
        n = 0
    elif n == 2583:
        n = 0
    elif n == 2584:
        n = 0
    elif n == 2585:
        n = 0
    elif n == 2586:
        n = 0
    elif n == 2587:
        n = 0
    elif n == 2588:
        n = 0
    elif n == 2589:
        n = 0
    elif n == 2590:
        n = 0
    elif n == 2591:
        n = 0
    elif n == 2592:
        n = 0
    elif n == 2593:
        n = 0
    elif n == 2594:
        n = 0
    elif n == 2595:
        n = 0
    elif n == 2596:
        n = 0
    elif n == 2597:
        n = 0
    elif n == 2598:
        n = 0
    elif n == 2599:
        n = 0
    elif n == 2600:
        n = 0
    elif n == 2601:
        n = 0
    elif n == 2602:
        n = 0
    elif n == 2603:
        n = 0
    elif n == 2604:
        n = 0
    elif n == 2605:
        n = 0
    elif n == 2606:
        n = 0
    elif n == 2607:
        n = 0
    elif n == 2608:
        n = 0
    elif n == 2609:
        n = 0
    elif n == 2610:
        n = 0
    elif n == 2611:
        n = 0
    elif n == 2612:
        n = 0
    elif n == 2613:
        n = 0
    elif n == 2614:
        n = 0
    elif n == 2615:
        n = 0
    elif n == 2616:
        n = 0
    elif n == 2617:
        n = 0
    elif n == 2618:
        n = 0
    elif n == 2619:
        n = 0
    elif n == 2620:
        n = 0
    elif n == 2621:
        n = 0
    elif n == 2622:
        n = 0
    elif n == 2623:
        n = 0
    elif n == 2624:
        n = 0
    elif n == 2625:
        n = 0
    elif n == 2626:
        n = 0
    elif n == 2627:
        n = 0
    elif n == 2628:
        n = 0
    elif n == 2629:
        n = 0
    elif n == 2630:
        n = 0
    elif n == 2631:
        n = 0
    elif n == 2632:
        n = 0
    elif n == 2633:
        n = 0
    elif n == 2634:
        n = 0
    elif n == 2635:
        n = 0
    elif n == 2636:
        n = 0
    elif n == 2637:
        n = 0
    elif n == 2638:
        n = 0
    elif n == 2639:
        n = 0
    elif n == 2640:
        n = 0
    elif n == 2641:
        n = 0
    elif n == 2642:
        n = 0
    elif n == 2643:
        n = 0
    elif n == 2644:
        n = 0
    elif n == 2645:
        n = 0
    elif n == 2646:
        n = 0
    elif n == 2647:
        n = 0
    elif n == 2648:
        n = 0
    elif n == 2649:
        n = 0
    elif n == 2650:
        n = 0
    elif n == 2651:
        n = 0
    elif n == 2652:
        n = 0
    elif n == 2653:
        n = 0
    elif n == 2654:
        n = 0
    elif n == 2655:
        n = 0
    elif n == 2656:
        n = 0
    elif n == 2657:
        n = 0
    elif n == 2658:
        n = 0
    elif n == 2659:
        n = 0
    elif n == 2660:
        n = 0
    elif n == 2661:
        n = 0
    elif n == 2662:
        n = 0
    elif n == 2663:
        n = 0
    elif n == 2664:
        n = 0
    elif n == 2665:
        n = 0
    elif n == 2666:
        n = 0
    elif n == 2667:
        n = 0
    elif n == 2668:
        n = 0
    elif n == 2669:
        n = 0
    elif n == 2670:
        n = 0
    elif n == 2671:
        n = 0
    elif n == 2672:
        n = 0
    elif n == 2673:
        n = 0
    elif n == 2674:
        n = 0
    elif n == 2675:
        n = 0
    elif n == 2676:
        n = 0
    elif n == 2677:
        n = 0
    elif n == 2678:
        n = 0
    elif n == 2679:
        n = 0
    elif n == 2680:
        n = 0
    elif n == 2681:
        n = 0
    elif n == 2682:
        n = 0
    elif n == 2683:
        n = 0
    elif n == 2684:
        n = 0
    elif n == 2685:
        n = 0
    elif n == 2686:
        n = 0
    elif n == 2687:
        n = 0
    elif n == 2688:
        n = 0
    elif n == 2689:
        n = 0
    elif n == 2690:
        n = 0
    elif n == 2691:
        n = 0
    elif n == 2692:
        n = 0
    elif n == 2693:
        n = 0
    elif n == 2694:
        n = 0
    elif n == 2695:
        n = 0
    elif n == 2696:
        n = 0
    elif n == 2697:
        n = 0
    elif n == 2698:
        n = 0
    elif n == 2699:
        n = 0
    elif n == 2700:
        n = 0
    elif n == 2701:
        n = 0
    elif n == 2702:
        n = 0
    elif n == 2703:
        n = 0
    elif n == 2704:
        n = 0
    elif n == 2705:
        n = 0
    elif n == 2706:
        n = 0
    elif n == 2707:
        n = 0
    elif n == 2708:
        n = 0
    elif n == 2709:
        n = 0
    elif n == 2710:
        n = 0
    elif n == 2711:
        n = 0
    elif n == 2712:
        n = 0
    elif n == 2713:
        n = 0
    elif n == 2714:
        n = 0
    elif n == 2715:
        n = 0
    elif n == 2716:
        n = 0
    elif n == 2717:
        n = 0
    elif n == 2718:
        n = 0
    elif n == 2719:
        n = 0
    elif n == 2720:
        n = 0
    elif n == 2721:
        n = 0
    elif n == 2722:
        n = 0
    elif n == 2723:
        n = 0
    elif n == 2724:
        n = 0
    elif n == 2725:
        n = 0
    elif n == 2726:
        n = 0
    elif n == 2727:
        n = 0
    elif n == 2728:
        n = 0
    elif n == 2729:
        n = 0
    elif n == 2730:
        n = 0
    elif n == 2731:
        n = 0
    elif n == 2732:
        n = 0
    elif n == 2733:
        n = 0
    elif n == 2734:
        n = 0
    elif n == 2735:
        n = 0
    elif n == 2736:
        n = 0
    elif n == 2737:
        n = 0
    elif n == 2738:
        n = 0
    elif n == 2739:
        n = 0
    elif n == 2740:
        n = 0
    elif n == 2741:
        n = 0
    elif n == 2742:
        n = 0
    elif n == 2743:
        n = 0
    elif n == 2744:
        n = 0
    elif n == 2745:
        n = 0
    elif n == 2746:
        n = 0
    elif n == 2747:
        n = 0
    elif n == 2748:
        n = 0
    elif n == 2749:
        n = 0
    elif n == 2750:
        n = 0
    elif n == 2751:
        n = 0
    elif n == 2752:
        n = 0
    elif n == 2753:
        n = 0
    elif n == 2754:
        n = 0
    elif n == 2755:
        n = 0
    elif n == 2756:
        n = 0
    elif n == 2757:
        n = 0
    elif n == 2758:
        n = 0
    elif n == 2759:
        n = 0
    elif n == 2760:
        n = 0
    elif n == 2761:
        n = 0
    elif n == 2762:
        n = 0
    elif n == 2763:
        n = 0
    elif n == 2764:
        n = 0
    elif n == 2765:
        n = 0
    elif n == 2766:
        n = 0
    elif n == 2767:
        n = 0
    elif n == 2768:
        n = 0
    elif n == 2769:
        n = 0
    elif n == 2770:
        n = 0
    elif n == 2771:
        n = 0
    elif n == 2772:
        n = 0
    elif n == 2773:
        n = 0
    elif n == 2774:
        n = 0
    elif n == 2775:
        n = 0
    elif n == 2776:
        n = 0
    elif n == 2777:
        n = 0
    elif n == 2778:
        n = 0
    elif n == 2779:
        n = 0
    elif n == 2780:
        n = 0
    elif n == 2781:
        n = 0
    elif n == 2782:
        n = 0
    elif n == 2783:
        n = 0
    elif n == 2784:
        n = 0
    elif n == 2785:
        n = 0
    elif n == 2786:
        n = 0
    elif n == 2787:
        n = 0
    elif n == 2788:
        n = 0
    elif n == 2789:
        n = 0
    elif n == 2790:
        n = 0
    elif n == 2791:
        n = 0
    elif n == 2792:
        n = 0
    elif n == 2793:
        n = 0
    elif n == 2794:
        n = 0
    elif n == 2795:
        n = 0
    elif n == 2796:
        n = 0
    elif n == 2797:
        n = 0
    elif n == 2798:
        n = 0
    elif n == 2799:
        n = 0
    elif n == 2800:
        n = 0
    elif n == 2801:
        n = 0
    elif n == 2802:
        n = 0
    elif n == 2803:
        n = 0
    elif n == 2804:
        n = 0
    elif n == 2805:
        n = 0
    elif n == 2806:
        n = 0
    elif n == 2807:
        n = 0
    elif n == 2808:
        n = 0
    elif n == 2809:
        n = 0
    elif n == 2810:
        n = 0
    elif n == 2811:
        n = 0
    elif n == 2812:
        n = 0
    elif n == 2813:
        n = 0
    elif n == 2814:
        n = 0
    elif n == 2815:
        n = 0
    elif n == 2816:
        n = 0
    elif n == 2817:
        n = 0
    elif n == 2818:
        n = 0
    elif n == 2819:
        n = 0
    elif n == 2820:
        n = 0
    elif n == 2821:
        n = 0
    elif n == 2822:
        n = 0
    elif n == 2823:
        n = 0
    elif n == 2824:
        n = 0
    elif n == 2825:
        n = 0
    elif n == 2826:
        n = 0
    elif n == 2827:
        n = 0
    elif n == 2828:
        n = 0
    elif n == 2829:
        n = 0
    elif n == 2830:
        n = 0
    elif n == 2831:
        n = 0
    elif n == 2832:
        n = 0
    elif n == 2833:
        n = 0
    elif n == 2834:
        n = 0
    elif n == 2835:
        n = 0
    elif n == 2836:
        n = 0
    elif n == 2837:
        n = 0
    elif n == 2838:
        n = 0
    elif n == 2839:
        n = 0
    elif n == 2840:
        n = 0
    elif n == 2841:
        n = 0
    elif n == 2842:
        n = 0
    elif n == 2843:
        n = 0
    elif n == 2844:
        n = 0
    elif n == 2845:
        n = 0
    elif n == 2846:
        n = 0
    elif n == 2847:
        n = 0
    elif n == 2848:
        n = 0
    elif n == 2849:
        n = 0
    elif n == 2850:
        n = 0
    elif n == 2851:
        n = 0
    elif n == 2852:
        n = 0
    elif n == 2853:
        n = 0
    elif n == 2854:
        n = 0
    elif n == 2855:
        n = 0
    elif n == 2856:
        n = 0
    elif n == 2857:
        n = 0
    elif n == 2858:
        n = 0
    elif n == 2859:
        n = 0
    elif n == 2860:
        n = 0
    elif n == 2861:
        n = 0
    elif n == 2862:
        n = 0
    elif n == 2863:
        n = 0
    elif n == 2864:
        n = 0
    elif n == 2865:
        n = 0
    elif n == 2866:
        n = 0
    elif n == 2867:
        n = 0
    elif n == 2868:
        n = 0
    elif n == 2869:
        n = 0
    elif n == 2870:
        n = 0
    elif n == 2871:
        n = 0
    elif n == 2872:
        n = 0
    elif n == 2873:
        n = 0
    elif n == 2874:
        n = 0
    elif n == 2875:
        n = 0
    elif n == 2876:
        n = 0
    elif n == 2877:
        n = 0
    elif n == 2878:
        n = 0
    elif n == 2879:
        n = 0
    elif n == 2880:
        n = 0
    elif n == 2881:
        n = 0
    elif n == 2882:
        n = 0
    elif n == 2883:
        n = 0
    elif n == 2884:
        n = 0
    elif n == 2885:
        n = 0
    elif n == 2886:
        n = 0
    elif n == 2887:
        n = 0
    elif n == 2888:
        n = 0
    elif n == 2889:
        n = 0
    elif n == 2890:
        n = 0
    elif n == 2891:
        n = 0
    elif n == 2892:
        n = 0
    elif n == 2893:
        n = 0
    elif n == 2894:
        n = 0
    elif n == 2895:
        n = 0
    elif n == 2896:
        n = 0
    elif n == 2897:
        n = 0
    elif n == 2898:
        n = 0
    elif n == 2899:
        n = 0
    elif n == 2900:
        n = 0
    elif n == 2901:
        n = 0
    elif n == 2902:
        n = 0
    elif n == 2903:
        n = 0
    elif n == 2904:
        n = 0
    elif n == 2905:
        n = 0
    elif n == 2906:
        n = 0
    elif n == 2907:
        n = 0
    elif n == 2908:
        n = 0
    elif n == 2909:
        n = 0
    elif n == 2910:
        n = 0
    elif n == 2911:
        n = 0
    elif n == 2912:
        n = 0
    elif n == 2913:
        n = 0
    elif n == 2914:
        n = 0
    elif n == 2915:
        n = 0
    elif n == 2916:
        n = 0
    elif n == 2917:
        n = 0
    elif n == 2918:
        n = 0
    elif n == 2919:
        n = 0
    elif n == 2920:
        n = 0
    elif n == 2921:
        n = 0
    elif n == 2922:
        n = 0
    elif n == 2923:
        n = 0
    elif n == 2924:
        n = 0
    elif n == 2925:
        n = 0
    elif n == 2926:
        n = 0
    elif n == 2927:
        n = 0
    elif n == 2928:
        n = 0
    elif n == 2929:
        n = 0
    elif n == 2930:
        n = 0
    elif n == 2931:
        n = 0
    elif n == 2932:
        n = 0
    elif n == 2933:
        n = 0
    elif n == 2934:
        n = 0
    elif n == 2935:
        n = 0
    elif n == 2936:
        n = 0
    elif n == 2937:
        n = 0
    elif n == 2938:
        n = 0
    elif n == 2939:
        n = 0
    elif n == 2940:
        n = 0
    elif n == 2941:
        n = 0
    elif n == 2942:
        n = 0
    elif n == 2943:
        n = 0
    elif n == 2944:
        n = 0
    elif n == 2945:
        n = 0
    elif n == 2946:
        n = 0
    elif n == 2947:
        n = 0
    elif n == 2948:
        n = 0
    elif n == 2949:
        n = 0
    elif n == 2950:
        n = 0
    elif n == 2951:
        n = 0
    elif n == 2952:
        n = 0
    elif n == 2953:
        n = 0
    elif n == 2954:
        n = 0
    elif n == 2955:
        n = 0
    elif n == 2956:
        n = 0
    elif n == 2957:
        n = 0
    elif n == 2958:
        n = 0
    elif n == 2959:
        n = 0
    elif n == 2960:
        n = 0
    elif n == 2961:
        n = 0
    elif n == 2962:
        n = 0
    elif n == 2963:
        n = 0
    elif n == 2964:
        n = 0
    elif n == 2965:
        n = 0
    elif n == 2966:
        n = 0
    elif n == 2967:
        n = 0
    elif n == 2968:
        n = 0
    elif n == 2969:
        n = 0
    elif n == 2970:
        n = 0
    elif n == 2971:
        n = 0
    elif n == 2972:
        n = 0
    elif n == 2973:
        n = 0
    elif n == 2974:
        n = 0
    elif n == 2975:
        n = 0
    elif n == 2976:
        n = 0
    elif n == 2977:
        n = 0
    elif n == 2978:
        n = 0
    elif n == 2979:
        n = 0
    elif n == 2980:
        n = 0
    elif n == 2981:
        n = 0
    elif n == 2982:
        n = 0
    elif n == 2983:
        n = 0
    elif n == 2984:
        n = 0
    elif n == 2985:
        n = 0
    elif n == 2986:
        n = 0
    elif n == 2987:
        n = 0
    elif n == 2988:
        n = 0
    elif n == 2989:
        n = 0
    elif n == 2990:
        n = 0
    elif n == 2991:
        n = 0
    elif n == 2992:
        n = 0
    elif n == 2993:
        n = 0
    elif n == 2994:
        n = 0
    elif n == 2995:
        n = 0
    elif n == 2996:
        n = 0
    elif n == 2997:
        n = 0
    elif n == 2998:
        n = 0
    elif n == 2999:
        n = 0
    elif n == 3000:
        n = 0
    elif n == 3001:
        n = 0
    elif n == 3002:
        n = 0
    elif n == 3003:
        n = 0
    elif n == 3004:
        n = 0
    elif n == 3005:
        n = 0
    elif n == 3006:
        n = 0
    elif n == 3007:
        n = 0
    elif n == 3008:
        n = 0
    elif n == 3009:
        n = 0
    elif n == 3010:
        n = 0
    elif n == 3011:
        n = 0
    elif n == 3012:
        n = 0
    elif n == 3013:
        n = 0
    elif n == 3014:
        n = 0
    elif n == 3015:
        n = 0
    elif n == 3016:
        n = 0
    elif n == 3017:
        n = 0
    elif n == 3018:
        n = 0
    elif n == 3019:
        n = 0
    elif n == 3020:
        n = 0
    elif n == 3021:
        n = 0
    elif n == 3022:
        n = 0
    elif n == 3023:
        n = 0
    elif n == 3024:
        n = 0
    elif n == 3025:
        n = 0
    elif n == 3026:
        n = 0
    elif n == 3027:
        n = 0
    elif n == 3028:
        n = 0
    elif n == 3029:
        n = 0
    elif n == 3030:
        n = 0
    elif n == 3031:
        n = 0
    elif n == 3032:
        n = 0
    elif n == 3033:
        n = 0
    elif n == 3034:
        n = 0
    elif n == 3035:
        n = 0
    elif n == 3036:
        n = 0
    elif n == 3037:
        n = 0
    elif n == 3038:
        n = 0
    elif n == 3039:
        n = 0
    elif n == 3040:
        n = 0
    elif n == 3041:
        n = 0
    elif n == 3042:
        n = 0
    elif n == 3043:
        n = 0
    elif n == 3044:
        n = 0
    elif n == 3045:
        n = 0
    elif n == 3046:
        n = 0
    elif n == 3047:
        n = 0
    elif n == 3048:
        n = 0
    elif n == 3049:
        n = 0
    elif n == 3050:
        n = 0
    elif n == 3051:
        n = 0
    elif n == 3052:
        n = 0
    elif n == 3053:
        n = 0
    elif n == 3054:
        n = 0
    elif n == 3055:
        n = 0
    elif n == 3056:
        n = 0
    elif n == 3057:
        n = 0
    elif n == 3058:
        n = 0
    elif n == 3059:
        n = 0
    elif n == 3060:
        n = 0
    elif n == 3061:
        n = 0
    elif n == 3062:
        n = 0
    elif n == 3063:
        n = 0
    elif n == 3064:
        n = 0
    elif n == 3065:
        n = 0
    elif n == 3066:
        n = 0
    elif n == 3067:
        n = 0
    elif n == 3068:
        n = 0
    elif n == 3069:
        n = 0
    elif n == 3070:
        n = 0
    elif n == 3071:
        n = 0
    elif n == 3072:
        n = 0
    elif n == 3073:
        n = 0
    elif n == 3074:
        n = 0
    elif n == 3075:
        n = 0
    elif n == 3076:
        n = 0
    elif n == 3077:
        n = 0
    elif n == 3078:
        n = 0
    elif n == 3079:
        n = 0
    elif n == 3080:
        n = 0
    elif n == 3081:
        n = 0
    elif n == 3082:
        n = 0
    elif n == 3083:
        n = 0
    elif n == 3084:
        n = 0
    elif n == 3085:
        n = 0
    elif n == 3086:
        n = 0
    elif n == 3087:
        n = 0
    elif n == 3088:
        n = 0
    elif n == 3089:
        n = 0
    elif n == 3090:
        n = 0
    elif n == 3091:
        n = 0
    elif n == 3092:
        n = 0
    elif n == 3093:
        n = 0
    elif n == 3094:
        n = 0
    elif n == 3095:
        n = 0
    elif n == 3096:
        n = 0
    elif n == 3097:
        n = 0
    elif n == 3098:
        n = 0
    elif n == 3099:
        n = 0
    elif n == 3100:
        n = 0
    elif n == 3101:
        n = 0
    elif n == 3102:
        n = 0
    elif n == 3103:
        n = 0
    elif n == 3104:
        n = 0
    elif n == 3105:
        n = 0
    elif n == 3106:
        n = 0
    elif n == 3107:
        n = 0
    elif n == 3108:
        n = 0
    elif n == 3109:
        n = 0
    elif n == 3110:
        n = 0
    elif n == 3111:
        n = 0
    elif n == 3112:
        n = 0
    elif n == 3113:
        n = 0
    elif n == 3114:
        n = 0
    elif n == 3115:
        n = 0
    elif n == 3116:
        n = 0
    elif n == 3117:
        n = 0
    elif n == 3118:
        n = 0
    elif n == 3119:
        n = 0
    elif n == 3120:
        n = 0
    elif n == 3121:
        n = 0
    elif n == 3122:
        n = 0
    elif n == 3123:
        n = 0
    elif n == 3124:
        n = 0
    elif n == 3125:
        n = 0
    elif n == 3126:
        n = 0
    elif n == 3127:
        n = 0
    elif n == 3128:
        n = 0
    elif n == 3129:
        n = 0
    elif n == 3130:
        n = 0
    elif n == 3131:
        n = 0
    elif n == 3132:
        n = 0
    elif n == 3133:
        n = 0
    elif n == 3134:
        n = 0
    elif n == 3135:
        n = 0
    elif n == 3136:
        n = 0
    elif n == 3137:
        n = 0
    elif n == 3138:
        n = 0
    elif n == 3139:
        n = 0
    elif n == 3140:
        n = 0
    elif n == 3141:
        n = 0
    elif n == 3142:
        n = 0
    elif n == 3143:
        n = 0
    elif n == 3144:
        n = 0
    elif n == 3145:
        n = 0
    elif n == 3146:
        n = 0
    elif n == 3147:
        n = 0
    elif n == 3148:
        n = 0
    elif n == 3149:
        n = 0
    elif n == 3150:
        n = 0
    elif n == 3151:
        n = 0
    elif n == 3152:
        n = 0
    elif n == 3153:
        n = 0
    elif n == 3154:
        n = 0
    elif n == 3155:
        n = 0
    elif n == 3156:
        n = 0
    elif n == 3157:
        n = 0
    elif n == 3158:
        n = 0
    elif n == 3159:
        n = 0
    elif n == 3160:
        n = 0
    elif n == 3161:
        n = 0
    elif n == 3162:
        n = 0
    elif n == 3163:
        n = 0
    elif n == 3164:
        n = 0
    elif n == 3165:
        n = 0
    elif n == 3166:
        n = 0
    elif n == 3167:
        n = 0
    elif n == 3168:
        n = 0
    elif n == 3169:
        n = 0
    elif n == 3170:
        n = 0
    elif n == 3171:
        n = 0
    elif n == 3172:
        n = 0
    elif n == 3173:
        n = 0
    elif n == 3174:
        n = 0
    elif n == 3175:
        n = 0
    elif n == 3176:
        n = 0
    elif n == 3177:
        n = 0
    elif n == 3178:
        n = 0
    elif n == 3179:
        n = 0
    elif n == 3180:
        n = 0
    elif n == 3181:
        n = 0
    elif n == 3182:
        n = 0
    elif n == 3183:
        n = 0
    elif n == 3184:
        n = 0
    elif n == 3185:
        n = 0
    elif n == 3186:
        n = 0
    elif n == 3187:
        n = 0
    elif n == 3188:
        n = 0
    elif n == 3189:
        n = 0
    elif n == 3190:
        n = 0
    elif n == 3191:
        n = 0
    elif n == 3192:
        n = 0
    elif n == 3193:
        n = 0
    elif n == 3194:
        n = 0
    elif n == 3195:
        n = 0
    elif n == 3196:
        n = 0
    elif n == 3197:
        n = 0
    elif n == 3198:
        n = 0
    elif n == 3199:
        n = 0
    elif n == 3200:
        n = 0
    elif n == 3201:
        n = 0
    elif n == 3202:
        n = 0
    elif n == 3203:
        n = 0
    elif n == 3204:
        n = 0
    elif n == 3205:
        n = 0
    elif n == 3206:
        n = 0
    elif n == 3207:
        n = 0
    elif n == 3208:
        n = 0
    elif n == 3209:
        n = 0
    elif n == 3210:
        n = 0
    elif n == 3211:
        n = 0
    elif n == 3212:
        n = 0
    elif n == 3213:
        n = 0
    elif n == 3214:
        n = 0
    elif n == 3215:
        n = 0
    elif n == 3216:
        n = 0
    elif n == 3217:
        n = 0
    elif n == 3218:
        n = 0
    elif n == 3219:
        n = 0
    elif n == 3220:
        n = 0
    elif n == 3221:
        n = 0
    elif n == 3222:
        n = 0
    elif n == 3223:
        n = 0
    elif n == 3224:
        n = 0
    elif n == 3225:
        n = 0
    elif n == 3226:
        n = 0
    elif n == 3227:
        n = 0
    elif n == 3228:
        n = 0
    elif n == 3229:
        n = 0
    elif n == 3230:
        n = 0
    elif n == 3231:
        n = 0
    elif n == 3232:
        n = 0
    elif n == 3233:
        n = 0
    elif n == 3234:
        n = 0
    elif n == 3235:
        n = 0
    elif n == 3236:
        n = 0
    elif n == 3237:
        n = 0
    elif n == 3238:
        n = 0
    elif n == 3239:
        n = 0
    elif n == 3240:
        n = 0
    elif n == 3241:
        n = 0
    elif n == 3242:
        n = 0
    elif n == 3243:
        n = 0
    elif n == 3244:
        n = 0
    elif n == 3245:
        n = 0
    elif n == 3246:
        n = 0
    elif n == 3247:
        n = 0
    elif n == 3248:
        n = 0
    elif n == 3249:
        n = 0
    elif n == 3250:
        n = 0
    elif n == 3251:
        n = 0
    elif n == 3252:
        n = 0
    elif n == 3253:
        n = 0
    elif n == 3254:
        n = 0
    elif n == 3255:
        n = 0
    elif n == 3256:
        n = 0
    elif n == 3257:
        n = 0
    elif n == 3258:
        n = 0
    elif n == 3259:
        n = 0
    elif n == 3260:
        n = 0
    elif n == 3261:
        n = 0
    elif n == 3262:
        n = 0
    elif n == 3263:
        n = 0
    elif n == 3264:
        n = 0
    elif n == 3265:
        n = 0
    elif n == 3266:
        n = 0
    elif n == 3267:
        n = 0
    elif n == 3268:
        n = 0
    elif n == 3269:
        n = 0
    elif n == 3270:
        n = 0
    elif n == 3271:
        n = 0
    elif n == 3272:
        n = 0
    elif n == 3273:
        n = 0
    elif n == 3274:
        n = 0
    elif n == 3275:
        n = 0
    elif n == 3276:
        n = 0
    elif n == 3277:
        n = 0
    elif n == 3278:
        n = 0
    elif n == 3279:
        n = 0
    elif n == 3280:
        n = 0
    elif n == 3281:
        n = 0
    elif n == 3282:
        n = 0
    elif n == 3283:
        n = 0
    elif n == 3284:
        n = 0
    elif n == 3285:
        n = 0
    elif n == 3286:
        n = 0
    elif n == 3287:
        n = 0
    elif n == 3288:
        n = 0
    elif n == 3289:
        n = 0
    elif n == 3290:
        n = 0
    elif n == 3291:
        n = 0
    elif n == 3292:
        n = 0
    elif n == 3293:
        n = 0
    elif n == 3294:
        n = 0
    elif n == 3295:
        n = 0
    elif n == 3296:
        n = 0
    elif n == 3297:
        n = 0
    elif n == 3298:
        n = 0
    elif n == 3299:
        n = 0
    elif n == 3300:
        n = 0
    elif n == 3301:
        n = 0
    elif n == 3302:
        n = 0
    elif n == 3303:
        n = 0
    elif n == 3304:
        n = 0
    elif n == 3305:
        n = 0
    elif n == 3306:
        n = 0
    elif n == 3307:
        n = 0
    elif n == 3308:
        n = 0
    elif n == 3309:
        n = 0
    elif n == 3310:
        n = 0
    elif n == 3311:
        n = 0
    elif n == 3312:
        n = 0
    elif n == 3313:
        n = 0
    elif n == 3314:
        n = 0
    elif n == 3315:
        n = 0
    elif n == 3316:
        n = 0
    elif n == 3317:
        n = 0
    elif n == 3318:
        n = 0
    elif n == 3319:
        n = 0
    elif n == 3320:
        n = 0
    elif n == 3321:
        n = 0
    elif n == 3322:
        n = 0
    elif n == 3323:
        n = 0
    elif n == 3324:
        n = 0
    elif n == 3325:
        n = 0
    elif n == 3326:
        n = 0
    elif n == 3327:
        n = 0
    elif n == 3328:
        n = 0
    elif n == 3329:
        n = 0
    elif n == 3330:
        n = 0
    elif n == 3331:
        n = 0
    elif n == 3332:
        n = 0
    elif n == 3333:
        n = 0
    elif n == 3334:
        n = 0
    elif n == 3335:
        n = 0
    elif n == 3336:
        n = 0
    elif n == 3337:
        n = 0
    elif n == 3338:
        n = 0
    elif n == 3339:
        n = 0
    elif n == 3340:
        n = 0
    elif n == 3341:
        n = 0
    elif n == 3342:
        n = 0
    elif n == 3343:
        n = 0
    elif n == 3344:
        n = 0
    elif n == 3345:
        n = 0
    elif n == 3346:
        n = 0
    elif n == 3347:
        n = 0
    elif n == 3348:
        n = 0
    elif n == 3349:
        n = 0
    elif n == 3350:
        n = 0
    elif n == 3351:
        n = 0
    elif n == 3352:
        n = 0
    elif n == 3353:
        n = 0
    elif n == 3354:
        n = 0
    elif n == 3355:
        n = 0
    elif n == 3356:
        n = 0
    elif n == 3357:
        n = 0
    elif n == 3358:
        n = 0
    elif n == 3359:
        n = 0
    elif n == 3360:
        n = 0
    elif n == 3361:
        n = 0
    elif n == 3362:
        n = 0
    elif n == 3363:
        n = 0
    elif n == 3364:
        n = 0
    elif n == 3365:
        n = 0
    elif n == 3366:
        n = 0
    elif n == 3367:
        n = 0
    elif n == 3368:
        n = 0
    elif n == 3369:
        n = 0
    elif n == 3370:
        n = 0
    elif n == 3371:
        n = 0
    elif n == 3372:
        n = 0
    elif n == 3373:
        n = 0
    elif n == 3374:
        n = 0
    elif n == 3375:
        n = 0
    elif n == 3376:
        n = 0
    elif n == 3377:
        n = 0
    elif n == 3378:
        n = 0
    elif n == 3379:
        n = 0
    elif n == 3380:
        n = 0
    elif n == 3381:
        n = 0
    elif n == 3382:
        n = 0
    elif n == 3383:
        n = 0
    elif n == 3384:
        n = 0
    elif n == 3385:
        n = 0
    elif n == 3386:
        n = 0
    elif n == 3387:
        n = 0
    elif n == 3388:
        n = 0
    elif n == 3389:
        n = 0
    elif n == 3390:
        n = 0
    elif n == 3391:
        n = 0
    elif n == 3392:
        n = 0
    elif n == 3393:
        n = 0
    elif n == 3394:
        n = 0
    elif n == 3395:
        n = 0
    elif n == 3396:
        n = 0
    elif n == 3397:
        n = 0
    elif n == 3398:
        n = 0
    elif n == 3399:
        n = 0
    elif n == 3400:
        n = 0
    elif n == 3401:
        n = 0
    elif n == 3402:
        n = 0
    elif n == 3403:
        n = 0
    elif n == 3404:
        n = 0
    elif n == 3405:
        n = 0
    elif n == 3406:
        n = 0
    elif n == 3407:
        n = 0
    elif n == 3408:
        n = 0
    elif n == 3409:
        n = 0
    elif n == 3410:
        n = 0
    elif n == 3411:
        n = 0
    elif n == 3412:
        n = 0
    elif n == 3413:
        n = 0
    elif n == 3414:
        n = 0
    elif n == 3415:
        n = 0
    elif n == 3416:
        n = 0
    elif n == 3417:
        n = 0
    elif n == 3418:
        n = 0
    elif n == 3419:
        n = 0
    elif n == 3420:
        n = 0
    elif n == 3421:
        n = 0
    elif n == 3422:
        n = 0
    elif n == 3423:
        n = 0
    elif n == 3424:
        n = 0
    elif n == 3425:
        n = 0
    elif n == 3426:
        n = 0
    elif n == 3427:
        n = 0
    elif n == 3428:
        n = 0
    elif n == 3429:
        n = 0
    elif n == 3430:
        n = 0
    elif n == 3431:
        n = 0
    elif n == 3432:
        n = 0
    elif n == 3433:
        n = 0
    elif n == 3434:
        n = 0
    elif n == 3435:
        n = 0
    elif n == 3436:
        n = 0
    elif n == 3437:
        n = 0
    elif n == 3438:
        n = 0
    elif n == 3439:
        n = 0
    elif n == 3440:
        n = 0
    elif n == 3441:
        n = 0
    elif n == 3442:
        n = 0
    elif n == 3443:
        n = 0
    elif n == 3444:
        n = 0
    elif n == 3445:
        n = 0
    elif n == 3446:
        n = 0
    elif n == 3447:
        n = 0
    elif n == 3448:
        n = 0
    elif n == 3449:
        n = 0
    elif n == 3450:
        n = 0
    elif n == 3451:
        n = 0
    elif n == 3452:
        n = 0
    elif n == 3453:
        n = 0
    elif n == 3454:
        n = 0
    elif n == 3455:
        n = 0
    elif n == 3456:
        n = 0
    elif n == 3457:
        n = 0
    elif n == 3458:
        n = 0
    elif n == 3459:
        n = 0
    elif n == 3460:
        n = 0
    elif n == 3461:
        n = 0
    elif n == 3462:
        n = 0
    elif n == 3463:
        n = 0
    elif n == 3464:
        n = 0
    elif n == 3465:
        n = 0
    elif n == 3466:
        n = 0
    elif n == 3467:
        n = 0
    elif n == 3468:
        n = 0
    elif n == 3469:
        n = 0
    elif n == 3470:
        n = 0
    elif n == 3471:
        n = 0
    elif n == 3472:
        n = 0
    elif n == 3473:
        n = 0
    elif n == 3474:
        n = 0
    elif n == 3475:
        n = 0
    elif n == 3476:
        n = 0
    elif n == 3477:
        n = 0
    elif n == 3478:
        n = 0
    elif n == 3479:
        n = 0
    elif n == 3480:
        n = 0
    elif n == 3481:
        n = 0
    elif n == 3482:
        n = 0
    elif n == 3483:
        n = 0
    elif n == 3484:
        n = 0
    elif n == 3485:
        n = 0
    elif n == 3486:
        n = 0
    elif n == 3487:
        n = 0
    elif n == 3488:
        n = 0
    elif n == 3489:
        n = 0
    elif n == 3490:
        n = 0
    elif n == 3491:
        n = 0
    elif n == 3492:
        n = 0
    elif n == 3493:
        n = 0
    elif n == 3494:
        n = 0
    elif n == 3495:
        n = 0
    elif n == 3496:
        n = 0
    elif n == 3497:
        n = 0
    elif n == 3498:
        n = 0
    elif n == 3499:
        n = 0
    elif n == 3500:
        n = 0
    elif n == 3501:
        n = 0
    elif n == 3502:
        n = 0
    elif n == 3503:
        n = 0
    elif n == 3504:
        n = 0
    elif n == 3505:
        n = 0
    elif n == 3506:
        n = 0
    elif n == 3507:
        n = 0
    elif n == 3508:
        n = 0
    elif n == 3509:
        n = 0
    elif n == 3510:
        n = 0
    elif n == 3511:
        n = 0
    elif n == 3512:
        n = 0
    elif n == 3513:
        n = 0
    elif n == 3514:
        n = 0
    elif n == 3515:
        n = 0
    elif n == 3516:
        n = 0
    elif n == 3517:
        n = 0
    elif n == 3518:
        n = 0
    elif n == 3519:
        n = 0
    elif n == 3520:
        n = 0
    elif n == 3521:
        n = 0
    elif n == 3522:
        n = 0
    elif n == 3523:
        n = 0
    elif n == 3524:
        n = 0
    elif n == 3525:
        n = 0
    elif n == 3526:
        n = 0
    elif n == 3527:
        n = 0
    elif n == 3528:
        n = 0
    elif n == 3529:
        n = 0
    elif n == 3530:
        n = 0
    elif n == 3531:
        n = 0
    elif n == 3532:
        n = 0
    elif n == 3533:
        n = 0
    elif n == 3534:
        n = 0
    elif n == 3535:
        n = 0
    elif n == 3536:
        n = 0
    elif n == 3537:
        n = 0
    elif n == 3538:
        n = 0
    elif n == 3539:
        n = 0
    elif n == 3540:
        n = 0
    elif n == 3541:
        n = 0
    elif n == 3542:
        n = 0
    elif n == 3543:
        n = 0
    elif n == 3544:
        n = 0
    elif n == 3545:
        n = 0
    elif n == 3546:
        n = 0
    elif n == 3547:
        n = 0
    elif n == 3548:
        n = 0
    elif n == 3549:
        n = 0
    elif n == 3550:
        n = 0
    elif n == 3551:
        n = 0
    elif n == 3552:
        n = 0
    elif n == 3553:
        n = 0
    elif n == 3554:
        n = 0
    elif n == 3555:
        n = 0
    elif n == 3556:
        n = 0
    elif n == 3557:
        n = 0
    elif n == 3558:
        n = 0
    elif n == 3559:
        n = 0
    elif n == 3560:
        n = 0
    elif n == 3561:
        n = 0
    elif n == 3562:
        n = 0
    elif n == 3563:
        n = 0
    elif n == 3564:
        n = 0
    elif n == 3565:
        n = 0
    elif n == 3566:
        n = 0
    elif n == 3567:
        n = 0
    elif n == 3568:
        n = 0
    elif n == 3569:
        n = 0
    elif n == 3570:
        n = 0
    elif n == 3571:
        n = 0
    elif n == 3572:
        n = 0
    elif n == 3573:
        n = 0
    elif n == 3574:
        n = 0
    elif n == 3575:
        n = 0
    elif n == 3576:
        n = 0
    elif n == 3577:
        n = 0
    elif n == 3578:
        n = 0
    elif n == 3579:
        n = 0
    elif n == 3580:
        n = 0
    elif n == 3581:
        n = 0
    elif n == 3582:
        n = 0
    elif n == 3583:
        n = 0
    elif n == 3584:
        n = 0
    elif n == 3585:
        n = 0
    elif n == 3586:
        n = 0
    elif n == 3587:
        n = 0
    elif n == 3588:
        n = 0
    elif n == 3589:
        n = 0
    elif n == 3590:
        n = 0
    elif n == 3591:
        n = 0
    elif n == 3592:
        n = 0
    elif n == 3593:
        n = 0
    elif n == 3594:
        n = 0
    elif n == 3595:
        n = 0
    elif n == 3596:
        n = 0
    elif n == 3597:
        n = 0
    elif n == 3598:
        n = 0
    elif n == 3599:
        n = 0
    elif n == 3600:
        n = 0
    elif n == 3601:
        n = 0
    elif n == 3602:
        n = 0
    elif n == 3603:
        n = 0
    elif n == 3604:
        n = 0
    elif n == 3605:
        n = 0
    elif n == 3606:
        n = 0
    elif n == 3607:
        n = 0
    elif n == 3608:
        n = 0
    elif n == 3609:
        n = 0
    elif n == 3610:
        n = 0
    elif n == 3611:
        n = 0
    elif n == 3612:
        n = 0
    elif n == 3613:
        n = 0
    elif n == 3614:
        n = 0
    elif n == 3615:
        n = 0
    elif n == 3616:
        n = 0
    elif n == 3617:
        n = 0
    elif n == 3618:
        n = 0
    elif n == 3619:
        n = 0
    elif n == 3620:
        n = 0
    elif n == 3621:
        n = 0
    elif n == 3622:
        n = 0
    elif n == 3623:
        n = 0
    elif n == 3624:
        n = 0
    elif n == 3625:
        n = 0
    elif n == 3626:
        n = 0
    elif n == 3627:
        n = 0
    elif n == 3628:
        n = 0
    elif n == 3629:
        n = 0
    elif n == 3630:
        n = 0
    elif n == 3631:
        n = 0
    elif n == 3632:
        n = 0
    elif n == 3633:
        n = 0
    elif n == 3634:
        n = 0
    elif n == 3635:
        n = 0
    elif n == 3636:
        n = 0
    elif n == 3637:
        n = 0
    elif n == 3638:
        n = 0
    elif n == 3639:
        n = 0
    elif n == 3640:
        n = 0
    elif n == 3641:
        n = 0
    elif n == 3642:
        n = 0
    elif n == 3643:
        n = 0
    elif n == 3644:
        n = 0
    elif n == 3645:
        n = 0
    elif n == 3646:
        n = 0
    elif n == 3647:
        n = 0
    elif n == 3648:
        n = 0
    elif n == 3649:
        n = 0
    elif n == 3650:
        n = 0
    elif n == 3651:
        n = 0
    elif n == 3652:
        n = 0
    elif n == 3653:
        n = 0
    elif n == 3654:
        n = 0
    elif n == 3655:
        n = 0
    elif n == 3656:
        n = 0
    elif n == 3657:
        n = 0
    elif n == 3658:
        n = 0
    elif n == 3659:
        n = 0
    elif n == 3660:
        n = 0
    elif n == 3661:
        n = 0
    elif n == 3662:
        n = 0
    elif n == 3663:
        n = 0
    elif n == 3664:
        n = 0
    elif n == 3665:
        n = 0
    elif n == 3666:
        n = 0
    elif n == 3667:
        n = 0
    elif n == 3668:
        n = 0
    elif n == 3669:
        n = 0
    elif n == 3670:
        n = 0
    elif n == 3671:
        n = 0
    elif n == 3672:
        n = 0
    elif n == 3673:
        n = 0
    elif n == 3674:
        n = 0
    elif n == 3675:
        n = 0
    elif n == 3676:
        n = 0
    elif n == 3677:
        n = 0
    elif n == 3678:
        n = 0
    elif n == 3679:
        n = 0
    elif n == 3680:
        n = 0
    elif n == 3681:
        n = 0
    elif n == 3682:
        n = 0
    elif n == 3683:
        n = 0
    elif n == 3684:
        n = 0
    elif n == 3685:
        n = 0
    elif n == 3686:
        n = 0
    elif n == 3687:
        n = 0
    elif n == 3688:
        n = 0
    elif n == 3689:
        n = 0
    elif n == 3690:
        n = 0
    elif n == 3691:
        n = 0
    elif n == 3692:
        n = 0
    elif n == 3693:
        n = 0
    elif n == 3694:
        n = 0
    elif n == 3695:
        n = 0
    elif n == 3696:
        n = 0
    elif n == 3697:
        n = 0
    elif n == 3698:
        n = 0
    elif n == 3699:
        n = 0
    elif n == 3700:
        n = 0
    elif n == 3701:
        n = 0
    elif n == 3702:
        n = 0
    elif n == 3703:
        n = 0
    elif n == 3704:
        n = 0
    elif n == 3705:
        n = 0
    elif n == 3706:
        n = 0
    elif n == 3707:
        n = 0
    elif n == 3708:
        n = 0
    elif n == 3709:
        n = 0
    elif n == 3710:
        n = 0
    elif n == 3711:
        n = 0
    elif n == 3712:
        n = 0
    elif n == 3713:
        n = 0
    elif n == 3714:
        n = 0
    elif n == 3715:
        n = 0
    elif n == 3716:
        n = 0
    elif n == 3717:
        n = 0
    elif n == 3718:
        n = 0
    elif n == 3719:
        n = 0
    elif n == 3720:
        n = 0
    elif n == 3721:
        n = 0
    elif n == 3722:
        n = 0
    elif n == 3723:
        n = 0
    elif n == 3724:
        n = 0
    elif n == 3725:
        n = 0
    elif n == 3726:
        n = 0
    elif n == 3727:
        n = 0
    elif n == 3728:
        n = 0
    elif n == 3729:
        n = 0
    elif n == 3730:
        n = 0
    elif n == 3731:
        n = 0
    elif n == 3732:
        n = 0
    elif n == 3733:
        n = 0
    elif n == 3734:
        n = 0
    elif n == 3735:
        n = 0
    elif n == 3736:
        n = 0
    elif n == 3737:
        n = 0
    elif n == 3738:
        n = 0
    elif n == 3739:
        n = 0
    elif n == 3740:
        n = 0
    elif n == 3741:
        n = 0
    elif n == 3742:
        n = 0
    elif n == 3743:
        n = 0
    elif n == 3744:
        n = 0
    elif n == 3745:
        n = 0
    elif n == 3746:
        n = 0
    elif n == 3747:
        n = 0
    elif n == 3748:
        n = 0
    elif n == 3749:
        n = 0
    elif n == 3750:
        n = 0
    elif n == 3751:
        n = 0
    elif n == 3752:
        n = 0
    elif n == 3753:
        n = 0
    elif n == 3754:
        n = 0
    elif n == 3755:
        n = 0
    elif n == 3756:
        n = 0
    elif n == 3757:
        n = 0
    elif n == 3758:
        n = 0
    elif n == 3759:
        n = 0
    elif n == 3760:
        n = 0
    elif n == 3761:
        n = 0
    elif n == 3762:
        n = 0
    elif n == 3763:
        n = 0
    elif n == 3764:
        n = 0
    elif n == 3765:
        n = 0
    elif n == 3766:
        n = 0
    elif n == 3767:
        n = 0
    elif n == 3768:
        n = 0
    elif n == 3769:
        n = 0
    elif n == 3770:
        n = 0
    elif n == 3771:
        n = 0
    elif n == 3772:
        n = 0
    elif n == 3773:
        n = 0
    elif n == 3774:
        n = 0
    elif n == 3775:
        n = 0
    elif n == 3776:
        n = 0
    elif n == 3777:
        n = 0
    elif n == 3778:
        n = 0
    elif n == 3779:
        n = 0
    elif n == 3780:
        n = 0
    elif n == 3781:
        n = 0
    elif n == 3782:
        n = 0
    elif n == 3783:
        n = 0
    elif n == 3784:
        n = 0
    elif n == 3785:
        n = 0
    elif n == 3786:
        n = 0
    elif n == 3787:
        n = 0
    elif n == 3788:
        n = 0
    elif n == 3789:
        n = 0
    elif n == 3790:
        n = 0
    elif n == 3791:
        n = 0
    elif n == 3792:
        n = 0
    elif n == 3793:
        n = 0
    elif n == 3794:
        n = 0
    elif n == 3795:
        n = 0
    elif n == 3796:
        n = 0
    elif n == 3797:
        n = 0
    elif n == 3798:
        n = 0
    elif n == 3799:
        n = 0
    elif n == 3800:
        n = 0
    elif n == 3801:
        n = 0
    elif n == 3802:
        n = 0
    elif n == 3803:
        n = 0
    elif n == 3804:
        n = 0
    elif n == 3805:
        n = 0
    elif n == 3806:
        n = 0
    elif n == 3807:
        n = 0
    elif n == 3808:
        n = 0
    elif n == 3809:
        n = 0
    elif n == 3810:
        n = 0
    elif n == 3811:
        n = 0
    elif n == 3812:
        n = 0
    elif n == 3813:
        n = 0
    elif n == 3814:
        n = 0
    elif n == 3815:
        n = 0
    elif n == 3816:
        n = 0
    elif n == 3817:
        n = 0
    elif n == 3818:
        n = 0
    elif n == 3819:
        n = 0
    elif n == 3820:
        n = 0
    elif n == 3821:
        n = 0
    elif n == 3822:
        n = 0
    elif n == 3823:
        n = 0
    elif n == 3824:
        n = 0
    elif n == 3825:
        n = 0
    elif n == 3826:
        n = 0
    elif n == 3827:
        n = 0
    elif n == 3828:
        n = 0
    elif n == 3829:
        n = 0
    elif n == 3830:
        n = 0
    elif n == 3831:
        n = 0
    elif n == 3832:
        n = 0
    elif n == 3833:
        n = 0
    elif n == 3834:
        n = 0
    elif n == 3835:
        n = 0
    elif n == 3836:
        n = 0
    elif n == 3837:
        n = 0
    elif n == 3838:
        n = 0
    elif n == 3839:
        n = 0
    elif n == 3840:
        n = 0
    elif n == 3841:
        n = 0
    elif n == 3842:
        n = 0
    elif n == 3843:
        n = 0
    elif n == 3844:
        n = 0
    elif n == 3845:
        n = 0
    elif n == 3846:
        n = 0
    elif n == 3847:
        n = 0
    elif n == 3848:
        n = 0
    elif n == 3849:
        n = 0
    elif n == 3850:
        n = 0
    elif n == 3851:
        n = 0
    elif n == 3852:
        n = 0
    elif n == 3853:
        n = 0
    elif n == 3854:
        n = 0
    elif n == 3855:
        n = 0
    elif n == 3856:
        n = 0
    elif n == 3857:
        n = 0
    elif n == 3858:
        n = 0
    elif n == 3859:
        n = 0
    elif n == 3860:
        n = 0
    elif n == 3861:
        n = 0
    elif n == 3862:
        n = 0
    elif n == 3863:
        n = 0
    elif n == 3864:
        n = 0
    elif n == 3865:
        n = 0
    elif n == 3866:
        n = 0
    elif n == 3867:
        n = 0
    elif n == 3868:
        n = 0
    elif n == 3869:
        n = 0
    elif n == 3870:
        n = 0
    elif n == 3871:
        n = 0
    elif n == 3872:
        n = 0
    elif n == 3873:
        n = 0
    elif n == 3874:
        n = 0
    elif n == 3875:
        n = 0
    elif n == 3876:
        n = 0
    elif n == 3877:
        n = 0
    elif n == 3878:
        n = 0
    elif n == 3879:
        n = 0
    elif n == 3880:
        n = 0
    elif n == 3881:
        n = 0
    elif n == 3882:
        n = 0
    elif n == 3883:
        n = 0
    elif n == 3884:
        n = 0
    elif n == 3885:
        n = 0
    elif n == 3886:
        n = 0
    elif n == 3887:
        n = 0
    elif n == 3888:
        n = 0
    elif n == 3889:
        n = 0
    elif n == 3890:
        n = 0
    elif n == 3891:
        n = 0
    elif n == 3892:
        n = 0
    elif n == 3893:
        n = 0
    elif n == 3894:
        n = 0
    elif n == 3895:
        n = 0
    elif n == 3896:
        n = 0
    elif n == 3897:
        n = 0
    elif n == 3898:
        n = 0
    elif n == 3899:
        n = 0
    elif n == 3900:
        n = 0
    elif n == 3901:
        n = 0
    elif n == 3902:
        n = 0
    elif n == 3903:
        n = 0
    elif n == 3904:
        n = 0
    elif n == 3905:
        n = 0
    elif n == 3906:
        n = 0
    elif n == 3907:
        n = 0
    elif n == 3908:
        n = 0
    elif n == 3909:
        n = 0
    elif n == 3910:
        n = 0
    elif n == 3911:
        n = 0
    elif n == 3912:
        n = 0
    elif n == 3913:
        n = 0
    elif n == 3914:
        n = 0
    elif n == 3915:
        n = 0
    elif n == 3916:
        n = 0
    elif n == 3917:
        n = 0
    elif n == 3918:
        n = 0
    elif n == 3919:
        n = 0
    elif n == 3920:
        n = 0
    elif n == 3921:
        n = 0
    elif n == 3922:
        n = 0
    elif n == 3923:
        n = 0
    elif n == 3924:
        n = 0
    elif n == 3925:
        n = 0
    elif n == 3926:
        n = 0
    elif n == 3927:
        n = 0
    elif n == 3928:
        n = 0
    elif n == 3929:
        n = 0
    elif n == 3930:
        n = 0
    elif n == 3931:
        n = 0
    elif n == 3932:
        n = 0
    elif n == 3933:
        n = 0
    elif n == 3934:
        n = 0
    elif n == 3935:
        n = 0
    elif n == 3936:
        n = 0
    elif n == 3937:
        n = 0
    elif n == 3938:
        n = 0
    elif n == 3939:
        n = 0
    elif n == 3940:
        n = 0
    elif n == 3941:
        n = 0
    elif n == 3942:
        n = 0
    elif n == 3943:
        n = 0
    elif n == 3944:
        n = 0
    elif n == 3945:
        n = 0
    elif n == 3946:
        n = 0
    elif n == 3947:
        n = 0
    elif n == 3948:
        n = 0
    elif n == 3949:
        n = 0
    elif n == 3950:
        n = 0
    elif n == 3951:
        n = 0
    elif n == 3952:
        n = 0
    elif n == 3953:
        n = 0
    elif n == 3954:
        n = 0
    elif n == 3955:
        n = 0
    elif n == 3956:
        n = 0
    elif n == 3957:
        n = 0
    elif n == 3958:
        n = 0
    elif n == 3959:
        n = 0
    elif n == 3960:
        n = 0
    elif n == 3961:
        n = 0
    elif n == 3962:
        n = 0
    elif n == 3963:
        n = 0
    elif n == 3964:
        n = 0
    elif n == 3965:
        n = 0
    elif n == 3966:
        n = 0
    elif n == 3967:
        n = 0
    elif n == 3968:
        n = 0
    elif n == 3969:
        n = 0
    elif n == 3970:
        n = 0
    elif n == 3971:
        n = 0
    elif n == 3972:
        n = 0
    elif n == 3973:
        n = 0
    elif n == 3974:
        n = 0
    elif n == 3975:
        n = 0
    elif n == 3976:
        n = 0
    elif n == 3977:
        n = 0
    elif n == 3978:
        n = 0
    elif n == 3979:
        n = 0
    elif n == 3980:
        n = 0
    elif n == 3981:
        n = 0
    elif n == 3982:
        n = 0
    elif n == 3983:
        n = 0
    elif n == 3984:
        n = 0
    elif n == 3985:
        n = 0
    elif n == 3986:
        n = 0
    elif n == 3987:
        n = 0
    elif n == 3988:
        n = 0
    elif n == 3989:
        n = 0
    elif n == 3990:
        n = 0
    elif n == 3991:
        n = 0
    elif n == 3992:
        n = 0
    elif n == 3993:
        n = 0
    elif n == 3994:
        n = 0
    elif n == 3995:
        n = 0
    elif n == 3996:
        n = 0
    elif n == 3997:
        n = 0
    elif n == 3998:
        n = 0
    elif n == 3999:
        n = 0
    return ['x']
